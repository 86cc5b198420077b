namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers with other enforcement and units, from images to columns.</summary>
public sealed class RouterOptionTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Windows_keep_the_budget_and_share_the_sessions()
    {
        using var calibrated = colours.Fit().Router;
        using var windowed = calibrated.WithEnforcement(BudgetEnforcement.PerWindow);
        Assert.Equal(BudgetEnforcement.Calibrated, calibrated.Enforcement);
        Assert.Equal(BudgetEnforcement.PerWindow, windowed.Enforcement);
        var values = RoutedValues.Read(windowed.Transform(colours.Test(1000)));
        var dearest = windowed.Routes[^1].Cost;
        var held = windowed.PlannedShares.Zip(windowed.Routes, (s, r) => s * r.Cost).Sum();
        for (var rows = 256; rows <= 1000; rows += 256)
        {
            Assert.InRange(values.Costs.Take(rows).Sum(c => (double)c) - (rows * held), -dearest, dearest);
        }

        var again = RoutedValues.Read(windowed.Transform(colours.Test(1000)));
        RoutedValues.AssertSame(values, again);
    }

    [Fact]
    public void Enforcement_of_the_options_reaches_the_comparison()
    {
        var options = colours.Options();
        options.Enforcement = BudgetEnforcement.PerWindow;
        using var router = colours.Fit(options).Router;
        var test = colours.Test(512);
        var compared = colours.Context.OtdRouting().Compare(router, test).Metrics;
        var run = colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed);
        Assert.Equal(run.RouteShares, compared.RouteShares);
        Assert.Equal(run.Quality, compared.Quality);
    }

    [Fact]
    public void A_budget_in_milliseconds_makes_all_costs_milliseconds()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.Milliseconds(1);
        try
        {
            using var router = colours.Fit(options).Router;
            Assert.Equal(CostUnit.Milliseconds, router.CostUnit);
        }
        catch (ArgumentOutOfRangeException e)
        {
            // These models are faster than that: the error says how fast.
            Assert.Contains("ms an image; feasible is from", e.Message);
        }
    }

    [Fact]
    public void Pruned_routes_are_gone_from_the_columns()
    {
        using var router = colours.Fit().Router;
        var values = RoutedValues.Read(router.Transform(colours.Test()));
        Assert.All(values.RouteScores, s => Assert.Equal(router.Routes.Count, s.Length));
    }

    [Fact]
    public void A_dearer_budget_may_look_first_at_a_dearer_resolution_and_back()
    {
        using var router = colours.Fit().Router;
        using var dearer = router.WithBudget(ComputeBudget.FractionOfLargest(1));
        Assert.All(dearer.Routes, r => Assert.StartsWith(dearer.Routes[0].Name, r.Name));
        var metrics = colours.Context.OtdRouting().Evaluate(dearer.Transform(colours.Test()), ColourRouter.Keyed);
        Assert.InRange(Math.Abs(metrics.MeanCost - metrics.PlannedCost), 0, (4 * metrics.CostStandardError) + 1e-6);
        Assert.Equal(dearer.Routes.Select(r => r.Name), metrics.RouteNames);
        dearer.ExportToOnnx(new MemoryStream());
        using var again = dearer.WithBudget(ComputeBudget.FractionOfLargest(0.6));
        Assert.Equal(router.Routes.Select(r => r.Name), again.Routes.Select(r => r.Name));
        Assert.Equal(router.RoutePrices, again.RoutePrices);
    }
}
