namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Sending images at random to fixed resolutions: what needs no policy at all.</summary>
internal static class StaticMix
{
    /// <summary>Expected quality of the best random mix of alternatives whose mean cost is at most <paramref name="cost"/>.</summary>
    /// <remarks>The best mix of many is a mix of two, a point on the upper concave envelope; so pairs are enough.</remarks>
    public static double BestQuality(IReadOnlyList<PolicyResult> alternatives, double cost)
    {
        var best = double.NegativeInfinity;
        foreach (var cheap in alternatives.Where(a => a.MeanCost <= cost))
        {
            best = Math.Max(best, cheap.Quality);
            foreach (var dear in alternatives.Where(a => a.MeanCost > cost))
            {
                var share = (cost - cheap.MeanCost) / (dear.MeanCost - cheap.MeanCost);
                best = Math.Max(best, cheap.Quality + (share * (dear.Quality - cheap.Quality)));
            }
        }

        return best;
    }
}
