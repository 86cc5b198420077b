using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;

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

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(1.2)]
    public void Baselines_stand_at_no_more_than_the_router_s_cost_with_paired_differences(double budget)
    {
        var found = colours.Context.OtdRouting().Sweep(colours.Router, colours.Test(), [ComputeBudget.FractionOfLargest(budget)])[0];
        var limit = found.Metrics.MeanCost * (1 + 1e-9);
        foreach (var baseline in new[] { found.StaticMix, found.Cascade, found.CalibratedCascade, found.CostPenalty }.OfType<PolicyResult>())
        {
            Assert.InRange(baseline.MeanCost, 0, limit);
        }

        foreach (var policy in found.Resolutions.Concat(found.Routes).Append(found.LargestCalibrated).Append(found.StaticMix).Append(found.Cascade)
            .Append(found.CalibratedCascade).Append(found.Oracle))
        {
            Assert.Equal(found.Metrics.Quality - policy.Quality, policy.Difference, 6);
            Assert.InRange(policy.Difference, policy.DifferenceInterval.Low - 1e-9, policy.DifferenceInterval.High + 1e-9);
        }
    }

    [Fact]
    public void A_static_mix_that_is_best_alone_stands_at_its_own_cost()
    {
        // With more to spend than the largest resolution costs, no mix of resolutions spends it.
        var found = colours.Context.OtdRouting().Sweep(colours.Router, colours.Test(), [ComputeBudget.FractionOfLargest(1.2)])[0];
        Assert.Contains(found.StaticMix.MeanCost, found.Resolutions.Select(r => r.MeanCost));
    }

    [Fact]
    public void A_cost_penalty_that_cannot_be_so_cheap_is_absent()
    {
        var features = new FeatureTable(Floats([0f, 1f]), [0, 1], 2, null);
        var losses = new RouteTable([0.9f, 0f, 0.9f, 0f], 2);
        var outcomes = new RouteOutcomes(losses, losses, new RouteTable([0f, 1f, 0f, 1f], 2), losses, []);
        IReadOnlyList<Route> routes = RouteEnumeration.Singles(["small", "large"], [1, 100]);
        // The penalty's largest weight is a tenth of what the dear route gains.
        var path = PenaltyPath.Of(new FeatureSample([0f, 1f], new RouteTable([9000f, 0f, 9000f, 0f], 2)), [1, 100], seed: 1);
        Assert.Null(PenaltyBaseline.At(path, features, outcomes, routes, 99));
        Assert.Equal(100, PenaltyBaseline.At(path, features, outcomes, routes, 100)!.Value.Rows.MeanCost, 9);
    }

    private static FloatRows Floats(float[] values)
    {
        var rows = new FloatRows(1);
        foreach (var value in values)
        {
            rows.Add()[0] = value;
        }

        return rows;
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
