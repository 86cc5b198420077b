namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>One way to score the test images, as a point of the accuracy–cost plane.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Cost">Mean cost of an image.</param>
/// <param name="CostFraction">Mean cost as a fraction of the largest resolution.</param>
/// <param name="Accuracy">Share of right answers.</param>
internal sealed record PolicyPoint(string Name, double Cost, double CostFraction, double Accuracy)
{
    /// <summary>From a comparison whose largest resolution costs <paramref name="largest"/>.</summary>
    public static PolicyPoint Of(PolicyResult result, double largest) => new(result.Name, result.MeanCost, result.MeanCost / largest, result.Quality);
}
