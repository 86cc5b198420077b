namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>A concave function of a few dual variables, some of them bounded below by zero.</summary>
internal interface IDualFunction
{
    /// <summary>Which variables must stay ≥ 0.</summary>
    ReadOnlySpan<bool> NonNegative { get; }

    /// <summary>One pass over the table.</summary>
    DualPoint Evaluate(double[] x, CancellationToken cancellationToken);

    /// <summary>The largest change of a route potential under a step, as a multiple of the function's smoothing width.</summary>
    double StepLength(double[] step);
}
