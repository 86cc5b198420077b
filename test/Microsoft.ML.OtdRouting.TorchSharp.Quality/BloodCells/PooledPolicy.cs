namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>A policy on several parts of the images, as if they were one.</summary>
/// <param name="Quality">Mean over all images.</param>
/// <param name="MeanCost">Mean over all images.</param>
/// <param name="Difference">The router's quality minus that.</param>
/// <param name="HalfWidth">Half of the interval of the difference.</param>
internal sealed record PooledPolicy(double Quality, double MeanCost, double Difference, double HalfWidth)
{
    /// <summary>Pools the parts. No image is in two of them, so that variances of means add up.</summary>
    /// <param name="parts">Images and result of each part.</param>
    public static PooledPolicy Of(IReadOnlyList<(long Images, PolicyResult Result)> parts)
    {
        var all = (double)parts.Sum(p => p.Images);
        double Mean(Func<PolicyResult, double> of) => parts.Sum(p => p.Images / all * of(p.Result));
        var square = parts.Sum(p => Math.Pow(p.Images / all * (p.Result.DifferenceInterval.High - p.Result.DifferenceInterval.Low) / 2, 2));
        return new PooledPolicy(Mean(r => r.Quality), Mean(r => r.MeanCost), Mean(r => r.Difference), Math.Sqrt(square));
    }
}
