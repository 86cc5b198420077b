using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

public class BudgetTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private static readonly double[] Fractions = [0.08, 0.15, 0.25, 0.4, 0.5, 0.6, 0.75, 0.9, 1.1, 1.25];

    [Fact]
    public void On_the_fitting_rows_the_budget_is_met_to_a_few_rows()
    {
        // Each fitting row is served by the predictor that has not seen it, so routing them again is the calibration itself.
        var fitting = colours.WithKeys(colours.Fitting);
        foreach (var fraction in Fractions)
        {
            using var router = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(fraction));
            Assert.Equal(fraction * ColourModels.Flops(16), router.Budget, 1e-6);
            var costs = router.Transform(fitting).GetColumn<float>("Cost").ToList();
            var slack = 4 * router.Routes[^1].Cost / costs.Count;
            if (router.Parts.Count == 2)
            {
                // Which part serves an image is a matter of its content, so the shares of the parts are met to their sampling error.
                var (first, second) = (router.Parts[0], router.Parts[1]);
                slack += 4 * Math.Abs(second.MeanCost - first.MeanCost) * Math.Sqrt(first.Share * second.Share / costs.Count);
            }

            var planned = PlannedCost(router);
            Assert.InRange(costs.Average(c => (double)c), planned - slack, planned + slack);
            Assert.Equal(1, router.PlannedShares.Sum(), 1e-9);
            // A plan costs less than its budget only where more would not help.
            Assert.InRange(planned, fraction <= 0.75 ? router.Budget * (1 - 1e-9) : 0, router.Budget * (1 + 1e-9));
        }
    }

    [Fact]
    public void On_new_rows_the_budget_is_met_within_sampling_error()
    {
        var test = colours.Test(1000);
        foreach (var fraction in Fractions)
        {
            using var router = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(fraction));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed);
            Assert.InRange(Math.Abs(metrics.MeanCost - PlannedCost(router)), 0, (4 * metrics.CostStandardError) + 1e-6);
        }
    }

    [Fact]
    public void Another_budget_is_what_a_fit_for_it_would_have_given()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.FractionOfLargest(0.4);
        var (_, fitted) = colours.Fit(options);
        using (fitted)
        using (var retargeted = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(0.4)))
        {
            Assert.Equal(fitted.RoutePrices, retargeted.RoutePrices);
            Assert.Equal(fitted.PlannedShares, retargeted.PlannedShares);
            RoutedValues.AssertSame(RoutedValues.Read(fitted.Transform(colours.Test())), RoutedValues.Read(retargeted.Transform(colours.Test())));
        }
    }

    [Fact]
    public void A_router_tells_how_long_its_fit_took_whatever_its_budget()
    {
        var times = colours.Router.FittingTimes!;
        Assert.All([times.Models, times.Scoring, times.Policy], time => Assert.True(time > TimeSpan.Zero));
        Assert.Equal(times.Models + times.Scoring + times.Policy, times.Total);
        using var retargeted = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(0.4));
        Assert.Same(times, retargeted.FittingTimes);
    }

    [Fact]
    public void Routes_with_a_planned_share_of_five_percent_are_used()
    {
        var test = colours.Test(1000);
        foreach (var fraction in Fractions)
        {
            using var router = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(fraction));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed);
            Assert.All(
                metrics.PlannedShares.Zip(metrics.RouteShares).Where(s => s.First >= 0.05),
                s => Assert.InRange(s.Second, 0.25 * s.First, 1));
        }
    }

    [Fact]
    public void A_fixed_route_prior_is_met()
    {
        var options = colours.Options();
        options.Prior = RoutingPrior.Explicit([0.4, 0.3, 0.2, 0.1]);
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            Assert.All(router.PlannedShares.Zip([0.4, 0.3, 0.2, 0.1]), s => Assert.Equal(s.Second, s.First, 1e-9));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(keys.Transform(colours.Fitting)), ColourRouter.Keyed);
            Assert.All(metrics.RouteShares.Zip([0.4, 0.3, 0.2, 0.1]), s => Assert.Equal(s.Second, s.First, 0.01));
            Assert.Equal(0.4 * router.Routes[0].Cost + (0.3 * router.Routes[1].Cost) + (0.2 * router.Routes[2].Cost) + (0.1 * router.Routes[3].Cost), router.Budget, 1e-6);
        }
    }

    [Fact]
    public void The_entropic_budget_prior_has_the_budget_as_its_mean_cost()
    {
        var options = colours.Options();
        options.Prior = RoutingPrior.Budget();
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            Assert.Equal(0.6 * ColourModels.Flops(16), router.PlannedShares.Zip(router.Routes, (s, r) => s * r.Cost).Sum(), 1e-6);
            Assert.All(router.PlannedShares, s => Assert.InRange(s, 0.01, 1));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(keys.Transform(colours.Fitting)), ColourRouter.Keyed);
            Assert.InRange(metrics.BudgetError, -0.02, 0.02);
        }
    }

    [Fact]
    public void Weighted_rows_meet_the_budget_in_their_weights()
    {
        var options = colours.Options();
        options.Fitting.ExampleWeightColumnName = "Weight";
        var rows = ColourPictures.Rows(400, seed: 12);
        foreach (var row in rows)
        {
            row.Weight = row.Label == "red" ? 3 : row.Number % 5 == 0 ? 0 : 0.5f;
        }

        var (keys, router) = colours.Fit(options, colours.Load(rows));
        using (router)
        {
            var costs = router.Transform(keys.Transform(colours.Load(rows))).GetColumn<float>("Cost").ToList();
            var mean = costs.Zip(rows, (c, r) => c * (double)r.Weight).Sum() / rows.Sum(r => (double)r.Weight);
            Assert.InRange(mean / router.Budget, 0.97, 1.03);
        }
    }

    private static double PlannedCost(OtdRoutingTransformer router) => router.PlannedShares.Zip(router.Routes, (share, route) => share * route.Cost).Sum();

    [Fact]
    public void Sessions_live_until_the_last_router_that_shares_them_is_disposed()
    {
        var (keys, router) = colours.Fit();
        var test = keys.Transform(colours.Load(ColourPictures.Rows(30, seed: 2)));
        var retargeted = router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        var expected = RoutedValues.Read(retargeted.Transform(test));
        router.Dispose();
        router.Dispose();
        RoutedValues.AssertSame(expected, RoutedValues.Read(retargeted.Transform(test)));
        retargeted.Dispose();
    }
}
