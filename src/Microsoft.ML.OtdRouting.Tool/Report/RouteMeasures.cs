namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>The measures of the images that a route gets.</summary>
/// <param name="Route">Name of the route; <see cref="AllRoutes"/> for all of them.</param>
/// <param name="Rows">Its images.</param>
/// <param name="Share">Its share of the images.</param>
/// <param name="Objects">Objects in its images, for tasks that find objects; null for others.</param>
/// <param name="Measures">The measures, without values where it has no image, or none that says anything about them.</param>
internal sealed record RouteMeasures(string Route, int Rows, double Share, int? Objects, IReadOnlyList<MeasureReport> Measures)
{
    /// <summary>The name of the last row of a table.</summary>
    public const string AllRoutes = "all";

    /// <summary>A row for every route of a comparison, and one for all images.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <param name="rows">The route of every image, of which some may have failed.</param>
    /// <param name="objects">Objects of every image; null for tasks that find none.</param>
    public static IReadOnlyList<RouteMeasures> Of(OtdRoutingComparison comparison, RoutedRows rows, IReadOnlyList<int>? objects)
    {
        OtdRoutingMetrics metrics = comparison.Metrics;
        int? Objects(Func<int, bool> isOf) => objects is null ? null : Enumerable.Range(0, rows.Count).Where(row => isOf(rows.Route[row])).Sum(row => objects[row]);
        return
        [
            .. metrics.RouteNames.Select((name, k) => new RouteMeasures(
                name, (int)Math.Round(metrics.RouteShares[k] * metrics.Rows), metrics.RouteShares[k], Objects(route => route == k), MeasureReport.Of(comparison.RouteMeasures[k]))),
            new RouteMeasures(AllRoutes, (int)metrics.Rows, 1, Objects(route => route >= 0), MeasureReport.Of(metrics.Measures)),
        ];
    }
}
