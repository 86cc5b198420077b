using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>A way to fit a router, of those that a search tries.</summary>
/// <param name="Task">The task, with a loss.</param>
/// <param name="Resolutions">The resolutions that routes may hold, in ascending order; the last one is always among them.</param>
/// <param name="MaxRouteSize">Most resolutions of a route; null for no limit.</param>
/// <param name="FoldCount">Folds of cross-fitting.</param>
/// <param name="PruneRoutes">Whether routes, and looks of the cheapest resolutions, may be left out.</param>
internal sealed record RouterVariant(BoundTask Task, IReadOnlyList<int> Resolutions, int? MaxRouteSize, int FoldCount, bool PruneRoutes)
{
    private const int Seed = 20250117;

    /// <summary>Numbers of folds that are tried beside the given one.</summary>
    private static readonly int[] FoldCounts = [5, 10];

    /// <summary>The options of a fit, as the variant has them.</summary>
    public FittingOptions Of(FittingOptions options)
    {
        var own = options.Clone();
        (own.MaxRouteSize, own.FoldCount, own.PruneRoutes) = (MaxRouteSize, FoldCount, PruneRoutes);
        return own;
    }

    /// <summary>
    /// What a search tries: the given way first, then what differs from it in one thing, then what differs in several, drawn without
    /// replacement, always the same.
    /// </summary>
    /// <param name="task">The task.</param>
    /// <param name="given">Options of the fit.</param>
    /// <param name="prior">Where it speaks of routes one by one, these are not changed.</param>
    /// <param name="resolutions">Number of resolutions.</param>
    /// <param name="rows">Fitting rows.</param>
    /// <param name="count">Most variants.</param>
    public static IReadOnlyList<RouterVariant> List(BoundTask task, FittingOptions given, RoutingPrior prior, int resolutions, int rows, int count)
    {
        var first = new RouterVariant(task, Enumerable.Range(0, resolutions).ToArray(), given.MaxRouteSize, given.FoldCount, given.PruneRoutes);
        BoundTask[] tasks = [task, .. task.OtherLosses];
        IReadOnlyList<int>[] sets = [first.Resolutions, .. prior.AllowsPruning ? Subsets(resolutions) : []];
        int?[] sizes = [given.MaxRouteSize, .. prior.AllowsPruning ? new int?[] { null, 1, 2, 3 }.Where(s => s != given.MaxRouteSize && !(s >= resolutions)) : []];
        int[] folds = [given.FoldCount, .. task.Folds is null ? FoldCounts.Where(f => f != given.FoldCount && 2 * f <= rows) : []];
        bool[] prunes = [given.PruneRoutes, .. prior.AllowsPruning ? [!given.PruneRoutes] : Array.Empty<bool>()];
        var all = (from t in tasks from s in sets from m in sizes from f in folds from p in prunes
                   // A limit that the set does not reach is none.
                   where !(m >= s.Count) select new RouterVariant(t, s, m, f, p)).ToArray();
        new Random(Seed).Shuffle(all);
        return all.Append(first).Distinct().OrderBy(v => Math.Min(v.Differences(first), 2)).Take(count).ToArray();
    }

    /// <summary>Whether another one is the same way.</summary>
    public bool IsAs(RouterVariant other) => Differences(other) == 0;

    /// <summary>Whether another one has the same routes to choose from, as far as both are told.</summary>
    public bool HasRoutesOf(RouterVariant other) =>
        Resolutions.SequenceEqual(other.Resolutions) && MaxRouteSize == other.MaxRouteSize && PruneRoutes == other.PruneRoutes;

    private int Differences(RouterVariant other) =>
        (Task == other.Task ? 0 : 1) + (Resolutions.SequenceEqual(other.Resolutions) ? 0 : 1) + (MaxRouteSize == other.MaxRouteSize ? 0 : 1) +
        (FoldCount == other.FoldCount ? 0 : 1) + (PruneRoutes == other.PruneRoutes ? 0 : 1);

    /// <summary>All sets of two and more that hold the last one, but for that of all.</summary>
    private static IEnumerable<IReadOnlyList<int>> Subsets(int count) => Enumerable.Range(1, (1 << (count - 1)) - 2)
        .Select(bits => Enumerable.Range(0, count).Where(r => r == count - 1 || (bits >> r & 1) == 1).ToArray());
}
