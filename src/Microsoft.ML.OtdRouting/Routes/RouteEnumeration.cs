namespace Microsoft.ML.OtdRouting.Routes;

/// <summary>Which routes a router considers.</summary>
internal static class RouteEnumeration
{
    /// <summary>Most routes that are considered.</summary>
    public const int MaxRoutes = 32;

    /// <summary>
    /// All sets of resolutions, the cheapest first in every set when it runs for every image anyway; in ascending order of cost.
    /// When there are more than <see cref="MaxRoutes"/>, sets of few resolutions come first.
    /// </summary>
    /// <param name="names">Names of the resolutions, in ascending order of cost.</param>
    /// <param name="costs">Cost of each resolution.</param>
    /// <param name="cheapestAlwaysRuns">Whether every route contains the cheapest resolution.</param>
    /// <param name="maxMembers">Most resolutions in a route.</param>
    /// <param name="featureCost">Cost of the features, part of every route; 0 where they come from the cheapest resolution.</param>
    public static IReadOnlyList<Route> Enumerate(
        IReadOnlyList<string> names, IReadOnlyList<double> costs, bool cheapestAlwaysRuns, int maxMembers, double featureCost = 0)
    {
        return Subsets(costs.Count)
            .Where(set => (set[0] == 0 || !cheapestAlwaysRuns) && set.Count <= maxMembers)
            .OrderBy(set => set.Count)
            .Take(MaxRoutes)
            .Select(set => new Route(set, names, featureCost + set.Sum(m => costs[m])))
            .OrderBy(route => route.Cost)
            .ThenBy(route => route.Resolutions.Count)
            .ToList();
    }

    private static IEnumerable<IReadOnlyList<int>> Subsets(int count)
    {
        for (var bits = 1u; bits < 1u << count; bits++)
        {
            var set = bits;
            yield return Enumerable.Range(0, count).Where(i => (set >> i & 1) == 1).ToList();
        }
    }
}
