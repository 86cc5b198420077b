using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers that keep to the budget of a stream, and that watch it, from images to columns.</summary>
public sealed class ControlledRouterTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Without_a_controller_nothing_is_new()
    {
        Assert.Null(colours.Router.Controller);
        Assert.Equal(0, colours.Router.DriftAlarmRate);
        using var watched = colours.Router.WithDriftAlarms(0.01);
        var test = colours.Test(600);
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(test)), RoutedValues.Read(watched.Transform(test)));
    }

    [Fact]
    public void The_price_begins_at_that_of_the_fit_and_follows_the_rows()
    {
        using var calibrated = OfOnePart();
        using var router = calibrated.WithEnforcement(BudgetEnforcement.Controlled);
        var controller = router.Controller!;
        var test = colours.Test(2_000);
        var plain = RoutedValues.Read(calibrated.Transform(test));
        Assert.Equal((0L, 0.0), (controller.Rows, controller.Price));
        var controlled = RoutedValues.Read(router.Transform(test));
        Assert.Equal(plain.Routes[0], controlled.Routes[0]);
        Assert.Equal(plain.RouteScores, controlled.RouteScores);
        Assert.Equal(2_000, controller.Rows);
        Assert.Equal(controlled.Costs.Average(c => (double)c), controller.MeanCost, controller.MeanCost * 1e-6);
        Assert.InRange(controller.MeanCost - controller.Budget, -controller.DeviationBound(2_000), controller.DeviationBound(2_000));
        Assert.Equal(Math.Sign(controller.MeanCost - controller.Budget), Math.Sign(controller.Price));
        using var other = router.WithBudget(ComputeBudget.FractionOfLargest(0.5));
        Assert.Equal(0, other.Controller!.Rows);
        Assert.Equal(other.Budget, other.Controller.Budget, other.Budget * 1e-9);
    }

    [Fact]
    public void Engines_and_cursors_share_the_price()
    {
        using var calibrated = OfOnePart();
        using var together = calibrated.WithEnforcement(BudgetEnforcement.Controlled);
        using var apart = calibrated.WithEnforcement(BudgetEnforcement.Controlled);
        var rows = ColourPictures.Rows(400, seed: 12);
        var expected = RoutedValues.Read(together.Transform(colours.Load(rows)));
        // A window of the first rows, an engine for some, another engine and a window for the rest: one stream.
        var found = RoutedValues.Read(apart.Transform(colours.Load(rows[..150]))).Routes.ToList();
        foreach (var some in new[] { rows[150..200], rows[200..210] })
        {
            using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, Prediction>(apart, new PredictionEngineOptions { OwnsTransformer = false });
            found.AddRange(some.Select(row => engine.Predict(row).Route));
        }

        found.AddRange(RoutedValues.Read(apart.Transform(colours.Load(rows[210..]))).Routes);
        Assert.Equal(expected.Routes, found);
        Assert.Equal(together.Controller!.Price, apart.Controller!.Price);
    }

    [Fact]
    public void A_stream_of_the_pictures_that_cost_most_stays_on_the_budget()
    {
        using var router = colours.Router.WithEnforcement(BudgetEnforcement.Controlled);
        var rows = ColourPictures.Rows(1_200, seed: 13);
        var plain = RoutedValues.Read(colours.Router.Transform(colours.Load(rows)));
        var dear = rows.Zip(plain.Costs).OrderByDescending(r => r.Second).Take(400).Select(r => r.First).ToList();
        var stream = Enumerable.Range(0, 5).SelectMany(_ => dear).ToList();
        var before = RoutedValues.Read(colours.Router.Transform(colours.Load(stream))).Costs.Average(c => (double)c) / router.Budget;
        var after = RoutedValues.Read(router.Transform(colours.Load(stream))).Costs.Average(c => (double)c);
        Assert.True(before > 1.2, $"these pictures must cost more for this test to say something; they cost {before:P0} of the budget");
        Assert.InRange(after, 0, router.Controller!.Budget + router.Controller.DeviationBound(stream.Count));
    }

    [Fact]
    public void A_saved_router_is_controlled_and_watched_when_it_comes_back()
    {
        using var controlled = colours.Router.WithEnforcement(BudgetEnforcement.Controlled);
        using var router = controlled.WithDriftAlarms(0.02);
        using var folder = new ScratchFolder();
        var data = colours.Load(ColourPictures.Rows(700, seed: 14));
        colours.Context.OtdRouting().Save(router, data.Schema, folder.File("model.zip"));
        using var chain = new MLContext().OtdRouting().Load(folder.File("model.zip"), out _);
        var loaded = chain.OfType<OtdRoutingTransformer>().Single();
        Assert.Equal((BudgetEnforcement.Controlled, 0.02), (loaded.Enforcement, loaded.DriftAlarmRate));
        Assert.Equal(router.Controller!.HighestPrice, loaded.Controller!.HighestPrice);
        RoutedValues.AssertSame(RoutedValues.Read(router.Transform(data)), RoutedValues.Read(loaded.Transform(data)));
        Assert.Equal(router.Controller.Price, loaded.Controller.Price);
    }

    [Fact]
    public void Timing_and_comparing_move_no_price()
    {
        using var router = colours.Router.WithEnforcement(BudgetEnforcement.Controlled);
        var test = colours.Test(200);
        colours.Context.OtdRouting().Benchmark(router, test);
        var compared = colours.Context.OtdRouting().Compare(router, test).Metrics;
        Assert.Equal(0, router.Controller!.Rows);
        Assert.Equal(colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed).RouteShares, compared.RouteShares);
    }

    [Fact]
    public void Harder_pictures_raise_an_alarm_and_a_warning_and_pictures_of_the_fit_s_kind_do_not()
    {
        var warnings = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, log) =>
        {
            if (log.Kind == Runtime.ChannelMessageKind.Warning)
            {
                warnings.Add(log.RawMessage);
            }
        };
        var keys = context.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting);
        var options = colours.Options();
        options.DriftAlarmRate = 0.01;
        using var router = context.OtdRouting().Route(options).Fit(keys.Transform(colours.Fitting));
        warnings.Clear();
        var alarms = new List<DriftEventArgs>();
        router.DriftDetected += (sender, alarm) =>
        {
            Assert.Same(router, sender);
            alarms.Add(alarm);
        };
        RoutedValues.Read(router.Transform(colours.Load(ColourPictures.Rows(2_000, seed: 15))));
        Assert.Empty(alarms);
        var rows = ColourPictures.Rows(2_000, seed: 16);
        // Half of the contrast between the classes is gone.
        foreach (var row in rows)
        {
            row.Image = Array.ConvertAll(row.Image, x => (x + 100) / 2);
        }

        RoutedValues.Read(router.Transform(colours.Load(rows)));
        Assert.Contains(DriftStatistic.PredictedLoss, alarms.Select(a => a.Statistic));
        Assert.Equal(alarms.Select(a => a.ToString()), warnings);
        Assert.All(alarms, a => Assert.InRange(a.Rows, 2_001, 4_000));
        Assert.Equal(alarms.Count, alarms.DistinctBy(a => a.Statistic).Count());
        using var anew = router.WithDriftAlarms(0.01);
        anew.DriftDetected += (_, _) => alarms.Clear();
        RoutedValues.Read(anew.Transform(colours.Load(rows)));
        Assert.Empty(alarms);
    }

    /// <summary>A router of one part, whose windows have nothing to settle before their first row; it has routes to choose from.</summary>
    private OtdRoutingTransformer OfOnePart()
    {
        foreach (var budget in new[] { 0.3, 0.4, 0.5 })
        {
            var router = colours.Router.WithBudget(ComputeBudget.FractionOfLargest(budget));
            if (router.Parts is [{ IsAlone: false }])
            {
                return router;
            }

            router.Dispose();
        }

        throw new InvalidOperationException("No budget makes a router of one part.");
    }

    private sealed class Prediction
    {
        public uint Route { get; set; }
    }
}
