using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>What is used after it was disposed throws; native memory is never touched.</summary>
public class DisposedRouterTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void A_view_of_a_disposed_router_throws()
    {
        var (keys, router) = colours.Fit();
        var routed = router.Transform(keys.Transform(colours.Load(ColourPictures.Rows(10, seed: 2))));
        router.Dispose();
        Assert.Throws<ObjectDisposedException>(() => routed.GetColumn<float[]>("Score").ToList());
        Assert.Throws<ObjectDisposedException>(() => router.WithBudget(ComputeBudget.FractionOfLargest(0.5)));
    }

    [Fact]
    public void A_cursor_that_is_open_finishes()
    {
        var (keys, router) = colours.Fit(With(o => o.Scoring.WindowSize = 4));
        var routed = router.Transform(keys.Transform(colours.Load(ColourPictures.Rows(20, seed: 2))));
        var expected = RoutedValues.Read(routed);
        using var cursor = routed.GetRowCursor(routed.Schema.Where(c => c.Name is "Score" or "PredictedLabel" or "Route" or "RouteScores" or "Cost"));
        router.Dispose();
        RoutedValues.AssertSame(expected, RoutedValues.Read(cursor));
    }

    private OtdResolutionRouter.Options With(Action<OtdResolutionRouter.Options> change)
    {
        var options = colours.Options();
        change(options);
        return options;
    }
}
