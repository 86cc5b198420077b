namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>One way to score the test images, as a point of the accuracy–cost plane.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Cost">Mean cost of an image, as it really was.</param>
/// <param name="CostFraction">Mean cost as a fraction of the largest resolution.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="Difference">Accuracy of the router minus this one, on the same images; null for the router itself.</param>
internal sealed record PolicyPoint(string Name, double Cost, double CostFraction, double Accuracy, AccuracyDifference? Difference = null)
{
    /// <summary>From a comparison whose largest resolution costs <paramref name="largest"/>.</summary>
    public static PolicyPoint Of(PolicyResult result, double largest) =>
        new(result.Name, result.MeanCost, result.MeanCost / largest, result.Quality, AccuracyDifference.Of(result));
}
