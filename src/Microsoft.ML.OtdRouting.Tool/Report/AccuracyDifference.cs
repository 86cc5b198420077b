namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Accuracy of the router minus that of another policy, on the same images.</summary>
/// <param name="Value">The difference.</param>
/// <param name="Low">Lower end of its paired 95 % interval.</param>
/// <param name="High">Upper end of the same.</param>
internal sealed record AccuracyDifference(double Value, double Low, double High)
{
    /// <summary>Whether the images tell the two apart.</summary>
    public bool IsToldApart => Low > 0 || High < 0;

    /// <summary>From a comparison; null where there is no truth.</summary>
    public static AccuracyDifference? Of(PolicyResult result) => double.IsNaN(result.Difference)
        ? null
        : new AccuracyDifference(result.Difference, result.DifferenceInterval.Low, result.DifferenceInterval.High);
}
