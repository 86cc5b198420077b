namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public class HeldOutMetricsTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Held_out_rows_estimate_what_happens_on_new_ones()
    {
        var heldOut = colours.Router.HeldOutMetrics;
        var test = colours.Context.OtdRouting().Evaluate(colours.Router.Transform(colours.Test(2000)), ColourRouter.Keyed);
        Assert.Equal(ColourRouter.FittingRows, heldOut.Rows);
        Assert.Equal(test.RouteNames, heldOut.RouteNames);
        Assert.InRange((heldOut.MeanCost - heldOut.PlannedCost) / heldOut.Budget, -0.02, 0.02);
        var deviation = Math.Sqrt(test.Quality * (1 - test.Quality) / heldOut.Rows);
        Assert.InRange(heldOut.Quality, test.Quality - (4 * deviation), test.Quality + (4 * deviation));
    }

    [Fact]
    public void Another_budget_has_metrics_of_its_own()
    {
        using var cheaper = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(0.4));
        Assert.InRange(cheaper.HeldOutMetrics.MeanCost, 0, colours.Router.HeldOutMetrics.MeanCost * 0.9);
    }
}
