using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class RouteMeasuresTests
{
    /// <summary>Five images: three on the first route, two on the last, none on the one between; a sixth has failed.</summary>
    private static readonly RoutedRows _rows = new([0, 2, 0, -1, 0, 2], new int[6], new int[6], new float[6], new float[6]);

    [Fact]
    public void Every_route_has_a_row_and_all_images_have_the_last()
    {
        IReadOnlyList<RouteMeasures> table = RouteMeasures.Of(Comparison(), _rows, [1, 0, 2, 7, 3, 4]);
        Assert.Equal(["8", "8+10", "10", "all"], table.Select(r => r.Route));
        Assert.Equal([3, 0, 2, 5], table.Select(r => r.Rows));
        Assert.Equal([0.6, 0, 0.4, 1], table.Select(r => r.Share));
        Assert.Equal([6, 0, 4, 10], table.Select(r => r.Objects));
        Assert.Equal([0.5, null, 0.75, 0.6], table.Select(r => r.Measures[0].Value));
        Assert.All(table, r => Assert.Equal(["AP", "AP large"], r.Measures.Select(m => m.Name)));
        Assert.All(table, r => Assert.Null(r.Measures[1].Value));
    }

    [Fact]
    public void Tasks_without_objects_count_none() => Assert.All(RouteMeasures.Of(Comparison(), _rows, null), r => Assert.Null(r.Objects));

    private static OtdRoutingComparison Comparison()
    {
        TaskMeasure[] Measures(double value) => [new("AP", value, default), new("AP large", double.NaN, default)];
        OtdRoutingMetrics metrics = new(Measures(0.6), ["8", "8+10", "10"], [1, 3, 2], [3, 0, 2], [0.5, 0.1, 0.4], 1.5, 100);
        PolicyResult none = new("none", 0, 0);
        return new OtdRoutingComparison(metrics)
        {
            RouteMeasures = [Measures(0.5), Measures(double.NaN), Measures(0.75)],
            Found = null,
            Parts = [],
            Resolutions = [],
            Routes = [],
            LargestCalibrated = none,
            StaticMix = none,
            Cascade = none,
            CalibratedCascade = none,
            CostPenalty = null,
            CostPenaltyShares = null,
            Oracle = none,
            Regret = 0,
            MongeGap = 0,
        };
    }
}
