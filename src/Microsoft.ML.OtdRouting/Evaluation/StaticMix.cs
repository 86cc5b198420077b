namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Sending images at random to fixed resolutions: what needs no policy at all.</summary>
internal static class StaticMix
{
    /// <summary>Expected quality of the best random mix of alternatives whose mean cost is at most <paramref name="cost"/>.</summary>
    public static double BestQuality(IReadOnlyList<PolicyResult> alternatives, double cost)
    {
        var (cheap, dear, share) = Best(alternatives, a => a.Quality, a => a.MeanCost, cost);
        return cheap.Quality + (share * (dear.Quality - cheap.Quality));
    }

    /// <summary>The best random mix of alternatives whose mean cost is at most <paramref name="cost"/>; with a share of 0, the cheap one alone.</summary>
    /// <remarks>The best mix of many is a mix of two, a point on the upper concave envelope; so pairs are enough.</remarks>
    public static (T Cheap, T Dear, double Share) Best<T>(IReadOnlyList<T> alternatives, Func<T, double> quality, Func<T, double> meanCost, double cost)
    {
        var affordable = alternatives.Where(a => meanCost(a) <= cost).ToList();
        var alone = affordable.OrderByDescending(quality).ThenBy(meanCost).First();
        var best = (Cheap: alone, Dear: alone, Share: 0.0);
        var most = quality(alone);
        foreach (var cheap in affordable)
        {
            foreach (var dear in alternatives.Where(a => meanCost(a) > cost))
            {
                var share = (cost - meanCost(cheap)) / (meanCost(dear) - meanCost(cheap));
                var mixed = quality(cheap) + (share * (quality(dear) - quality(cheap)));
                if (mixed > most)
                {
                    (best, most) = ((cheap, dear, share), mixed);
                }
            }
        }

        return best;
    }
}
