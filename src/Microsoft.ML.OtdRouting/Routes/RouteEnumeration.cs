namespace Microsoft.ML.OtdRouting.Routes;

/// <summary>Which routes a router considers.</summary>
internal static class RouteEnumeration
{
    /// <summary>Most routes that are considered.</summary>
    public const int MaxRoutes = 32;

    /// <summary>
    /// All sets of resolutions that hold the one that looks at every image, and none that is cheaper; in ascending order of cost. When there are
    /// more than <see cref="MaxRoutes"/>, sets of few resolutions come first.
    /// </summary>
    /// <param name="names">Names of the resolutions, in ascending order of cost.</param>
    /// <param name="costs">Cost of each resolution.</param>
    /// <param name="firstLook">The resolution that looks at every image.</param>
    /// <param name="maxMembers">Most resolutions in a route.</param>
    /// <param name="among">The resolutions that routes may hold; null for all.</param>
    public static IReadOnlyList<Route> Enumerate(
        IReadOnlyList<string> names, IReadOnlyList<double> costs, int firstLook, int maxMembers, IReadOnlyList<int>? among = null)
    {
        return Subsets(firstLook, costs.Count)
            .Where(set => set[0] == firstLook && set.Count <= maxMembers && (among is null || set.All(among.Contains)))
            .OrderBy(set => set.Count)
            .Take(MaxRoutes)
            .Select(set => new Route(set, names, set.Sum(m => costs[m])))
            .OrderBy(route => route.Cost)
            .ThenBy(route => route.Resolutions.Count)
            .ToList();
    }

    /// <summary>A route for every resolution alone.</summary>
    public static IReadOnlyList<Route> Singles(IReadOnlyList<string> names, IReadOnlyList<double> costs) =>
        costs.Select((cost, r) => new Route([r], names, cost)).ToList();

    private static IEnumerable<IReadOnlyList<int>> Subsets(int first, int count)
    {
        for (var bits = 1u; bits < 1u << (count - first); bits++)
        {
            var set = bits;
            yield return Enumerable.Range(0, count - first).Where(i => (set >> i & 1) == 1).Select(i => first + i).ToList();
        }
    }
}
