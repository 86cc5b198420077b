namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>What the fit promises of the images that one part of a policy serves, by its held-out rows.</summary>
/// <param name="Edges">Quantiles of the predicted loss of the part's cheapest route, ascending.</param>
/// <param name="LossCounts">Rows up to every edge from the one before, and above the last; one more there.</param>
/// <param name="RouteCounts">Rows that take each route of the part.</param>
/// <param name="LossSum">Sum of the predicted losses.</param>
internal sealed record DriftReference(float[] Edges, double[] LossCounts, double[] RouteCounts, double LossSum)
{
    /// <summary>Number of rows.</summary>
    public double Rows => RouteCounts.Sum();
}
