namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public sealed class ComparisonBaselineTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Every_static_route_and_the_cost_penalty_stand_beside_the_router()
    {
        var found = colours.Context.OtdRouting().Compare(colours.Router, colours.Test());
        Assert.Equal(found.Metrics.RouteNames, found.Routes.Select(r => r.Name));
        Assert.Equal(found.Metrics.RouteCosts, found.Routes.Select(r => r.MeanCost));
        Assert.Equal(1, found.CostPenaltyShares!.Sum(), 9);
        Assert.True(found.CostPenalty!.MeanCost <= found.Metrics.MeanCost * (1 + 1e-9));
        Assert.InRange(found.CostPenalty.Quality, found.Resolutions[0].Quality - 0.1, 1);
        Assert.InRange(found.Metrics.Quality, found.Metrics.QualityInterval.Low, found.Metrics.QualityInterval.High);
        Assert.InRange(found.Metrics.MeanCost, found.Metrics.MeanCostInterval.Low, found.Metrics.MeanCostInterval.High);
    }

    [Fact]
    public void The_cost_penalty_is_the_same_for_the_same_seed()
    {
        var options = colours.Options();
        options.Fitting.Seed = 3;
        using var first = colours.Fit(options).Router;
        using var second = colours.Fit(options).Router;
        var test = colours.Test();
        Assert.Equal(
            colours.Context.OtdRouting().Compare(first, test).CostPenaltyShares,
            colours.Context.OtdRouting().Compare(second, test).CostPenaltyShares);
    }
}
