using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers with other enforcement, features and units, from images to columns.</summary>
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
        var run = colours.Context.OtdRouting().Evaluate(router.Transform(test), "Key");
        Assert.Equal(run.RouteShares, compared.RouteShares);
        Assert.Equal(run.Accuracy, compared.Accuracy);
    }

    [Fact]
    public void A_column_of_features_is_read_only_when_needed_and_must_fit()
    {
        var options = colours.Options();
        options.Features = RoutingFeatures.Column("Image");
        options.PruneRoutes = false;
        using var router = colours.Fit(options).Router;
        Assert.Contains(router.Routes, r => !r.Resolutions.Contains(0));
        var view = router.Transform(colours.Test());
        Assert.Equal(300, RoutedValues.Read(view).Rows);
        Assert.Throws<NotSupportedException>(() => router.ExportToOnnx(new MemoryStream()));
        Assert.Contains("Missing", Assert.Throws<ArgumentException>(() =>
        {
            var other = colours.Options();
            other.Features = RoutingFeatures.Column("Missing");
            colours.Fit(other);
        }).Message);
    }

    [Fact]
    public void A_thumbnail_needs_no_resolution_first()
    {
        var options = colours.Options();
        options.Features = RoutingFeatures.Thumbnail(4);
        options.PruneRoutes = false;
        using var router = colours.Fit(options).Router;
        Assert.Equal(7, router.Routes.Count);
        var values = RoutedValues.Read(router.Transform(colours.Test()));
        Assert.All(values.Scores, p => Assert.Equal(1, p.Sum(), 1e-4f));
    }

    [Fact]
    public void A_model_of_features_is_part_of_every_route()
    {
        var options = colours.Options();
        var model = new Resolution(ColourModels.Write(colours.Folder, 4, "features"), 4);
        options.Features = RoutingFeatures.Onnx(model);
        options.PruneRoutes = false;
        using var router = colours.Fit(options).Router;
        Assert.Equal(7, router.Routes.Count);
        Assert.Equal(2 * ColourModels.Flops(4), router.Routes[0].Cost);
        Assert.Equal(300, RoutedValues.Read(router.Transform(colours.Test())).Rows);
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
        var metrics = colours.Context.OtdRouting().Evaluate(dearer.Transform(colours.Test()), "Key");
        Assert.InRange((metrics.MeanCost - metrics.PlannedCost) / metrics.CostStandardError, -4, 4);
        Assert.Equal(dearer.Routes.Select(r => r.Name), metrics.RouteNames);
        dearer.ExportToOnnx(new MemoryStream());
        using var again = dearer.WithBudget(ComputeBudget.FractionOfLargest(0.6));
        Assert.Equal(router.Routes.Select(r => r.Name), again.Routes.Select(r => r.Name));
        Assert.Equal(router.RoutePrices, again.RoutePrices);
    }

    [Fact]
    public void A_router_of_plans_keeps_its_budget_and_can_be_exported()
    {
        var options = colours.Options();
        options.Objective = RoutingObjective.Plan;
        options.AlternationRounds = 1;
        using var router = colours.Fit(options).Router;
        var test = colours.Test();
        var plan = colours.Context.OtdRouting().Evaluate(router.Transform(test), "Key");
        var loss = colours.Context.OtdRouting().Evaluate(colours.Router.Transform(test), "Key");
        Assert.InRange(plan.MeanCost, 0, plan.Budget + (4 * plan.CostStandardError));
        Assert.InRange(plan.Accuracy, loss.Accuracy - 0.05, 1);
        router.ExportToOnnx(new MemoryStream());
    }

    [Fact]
    public void Alternation_without_a_plan_is_refused()
    {
        var options = colours.Options();
        options.AlternationRounds = 2;
        Assert.Contains("AlternationRounds is 2", Assert.Throws<ArgumentException>(() => colours.Fit(options)).Message);
    }
}
