namespace Microsoft.ML.OtdRouting;

/// <summary>A way to fit a router, of those that <see cref="OtdRoutingTrials"/> can try on images that are scored once.</summary>
/// <param name="Resolutions">Names of the resolutions that routes may hold, in any order; the most expensive one must be among them.</param>
/// <param name="Loss">What the router minimises: one of <see cref="OtdRoutingTrials.Losses"/>.</param>
/// <param name="MaxRouteSize">Most resolutions that are ensembled for one image, at least 1; null for no limit.</param>
/// <param name="FoldCount">Folds of cross-fitting, from 2 to 20, with two rows each.</param>
/// <param name="PruneRoutes">Whether routes, and looks of the cheapest resolutions, may be left out.</param>
public sealed record RouterSettings(IReadOnlyList<string> Resolutions, string Loss, int? MaxRouteSize, int FoldCount, bool PruneRoutes)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant(
        $"{string.Join("+", Resolutions)}, {(Loss.Length > 0 ? $"{Loss}, " : "")}routes of at most {MaxRouteSize?.ToString() ?? "any number"}, {FoldCount} folds, {(PruneRoutes ? "pruned" : "not pruned")}");
}
