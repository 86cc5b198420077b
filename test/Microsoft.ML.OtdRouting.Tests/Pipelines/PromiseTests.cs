using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Tasks.Mean;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>A router that is fitted to a promise instead of a budget.</summary>
public sealed class PromiseTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    static PromiseTests() => TaskKind.Register(MeanTask.Kind);

    private static QualityTarget Target => QualityTarget.WithinLargest(4, 0.9);

    [Fact]
    public void The_router_that_was_tested_is_the_one_that_is_used()
    {
        List<string> log = [];
        colours.Context.Log += (_, e) => log.Add(e.Message);
        using var router = Fit(Target);
        var promise = router.Promise!;
        Assert.Equal(Target.ToString(), promise.Target.ToString());
        Assert.Equal(promise.Budget, router.Budget, router.Budget * 1e-9);
        Assert.InRange(promise.Tested.PValue, 0, promise.Level);
        Assert.Same(promise, router.HeldOutMetrics.Promise);
        // Nothing is fitted to the rows that were kept back.
        Assert.Equal(2_000, router.HeldOutMetrics.Rows + promise.Rows);
        Assert.Equal(promise.Tests.Count, log.Count(m => m.Contains("Budget ") && m.Contains("of the largest resolution: quality ")));
        Assert.Contains(log, m => m.Contains($"Promised: {promise}"));

        // The sweep marks the budget that was promised and no other.
        var fraction = promise.Budget / ColourModels.Flops(16);
        var swept = colours.Context.OtdRouting().Sweep(
            router, colours.Test(), [ComputeBudget.FractionOfLargest(fraction), ComputeBudget.FractionOfLargest(fraction + 0.05)]);
        Assert.Equal([promise, null], swept.Select(c => c.Metrics.Promise));
        Assert.Same(promise, colours.Context.OtdRouting().Compare(router, colours.Test()).Metrics.Promise);
    }

    [Fact]
    public void Labels_that_are_matched_by_what_the_models_say_are_matched_on_the_rows_kept_back_too()
    {
        using var named = Fit(Target);
        using var matched = Fit(Target, options => (options.Classification().ClassNames, options.Classification().MatchClasses) = (null, true), keysOutOfOrder: true);
        Assert.Equal(named.Promise!.Tests, matched.Promise!.Tests);
        Assert.Equal(named.RoutePrices, matched.RoutePrices);
    }

    [Fact]
    public void Equal_seeds_keep_equal_images_back()
    {
        using var first = Fit(Target);
        using var second = Fit(Target);
        using var other = Fit(Target, options => options.Fitting.Seed = 99);
        Assert.Equal(first.Promise!.Tests, second.Promise!.Tests);
        Assert.Equal(first.RoutePrices, second.RoutePrices);
        Assert.NotEqual(first.Promise.Tests[0], other.Promise!.Tests[0]);
    }

    [Fact]
    public void What_was_not_tested_is_not_promised()
    {
        using var router = Fit(Target);
        using var budget = router.WithBudget(ComputeBudget.FractionOfLargest(0.6));
        using var controlled = router.WithEnforcement(BudgetEnforcement.Controlled);
        using var same = router.WithRowFailure(RowFailureAction.Skip);
        Assert.Null(budget.Promise);
        Assert.Null(controlled.Promise);
        Assert.Same(router.Promise, same.Promise);
    }

    [Fact]
    public void A_saved_router_knows_its_promise()
    {
        using var folder = new ScratchFolder();
        using var router = Fit(QualityTarget.WithinLargest(4, 0.9, 0.6));
        using var loaded = Reload(router, folder);
        Assert.Equal($"{router.Promise!.Target}", $"{loaded.Promise!.Target}");
        Assert.Equal((router.Promise.Rows, 0.6), (loaded.Promise.Rows, loaded.Promise.Target.KeptBack));
        Assert.Equal(router.Promise.Tests, loaded.Promise.Tests);
        RoutedValues.AssertSame(RoutedValues.Read(router.Transform(colours.Test())), RoutedValues.Read(loaded.Transform(colours.Test())));

        using var retargeted = router.WithBudget(ComputeBudget.FractionOfLargest(0.6));
        using var without = Reload(retargeted, folder);
        Assert.Null(without.Promise);
        using var stated = Fit(QualityTarget.AtLeast(0.6, 0.8));
        using var again = Reload(stated, folder);
        Assert.Equal((stated.Promise!.Target.Quality, stated.Promise.Tests[0]), (again.Promise!.Target.Quality, again.Promise.Tests[0]));
    }

    [Fact]
    public void What_contradicts_a_promise_is_refused_at_the_door()
    {
        void Refused(string named, Action<OtdResolutionRouter.Options> change)
        {
            var options = Options(Target);
            change(options);
            var error = Assert.Throws<ArgumentException>(() => colours.Context.OtdRouting().Route(options));
            Assert.Contains(named, error.Message);
            Assert.Contains("Quality (at most 4 points below the largest resolution", error.Message);
        }

        Refused("Budget (30.0", options => options.Budget = ComputeBudget.FractionOfLargest(0.3));
        Refused("Enforcement (PerWindow)", options => options.Enforcement = BudgetEnforcement.PerWindow);
        Refused("Prior with fixed shares", options => options.Prior = RoutingPrior.Explicit([0.4, 0.3, 0.2, 0.1]));
        Refused("ExampleWeightColumnName ('Weight')", options => options.Fitting.ExampleWeightColumnName = "Weight");
        var mean = Options(Target);
        mean.Task = new MeanTask();
        var truth = colours.Context.Data.LoadFromEnumerable([new MeanRow { Image = colours.Fitting.GetColumn<float[]>("Image").First(), Truth = 1 }]);
        Assert.Contains("cannot be tested on minus squared error", Assert.Throws<NotSupportedException>(() => colours.Context.OtdRouting().Route(mean).Fit(truth)).Message);
    }

    [Theory]
    [InlineData(0, 0.9, 0.5, "points")]
    [InlineData(100, 0.9, 0.5, "points")]
    [InlineData(double.NaN, 0.9, 0.5, "points")]
    [InlineData(1, 0.5, 0.5, "confidence")]
    [InlineData(1, 1, 0.5, "confidence")]
    [InlineData(1, 0.9, 0, "kept back")]
    [InlineData(1, 0.9, 0.9, "kept back")]
    public void Targets_are_checked_when_they_are_made(double points, double confidence, double keptBack, string named)
    {
        Assert.Contains(named, Assert.Throws<ArgumentOutOfRangeException>(() => QualityTarget.WithinLargest(points, confidence, keptBack)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => QualityTarget.AtLeast(points, confidence, keptBack));
    }

    [Fact]
    public void Too_few_rows_to_fit_on_are_an_error_that_counts_them()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Fit(Target, rows: 14));
        Assert.Matches("of 14 images [0-9]+ are kept back, which leaves [0-9]+; a router with 5 folds needs at least 10", error.Message);
    }

    private OtdRoutingTransformer Fit(
        QualityTarget target, Action<OtdResolutionRouter.Options>? change = null, int rows = 2_000, bool keysOutOfOrder = false)
    {
        var options = Options(target);
        options.Fitting.Seed = 7;
        change?.Invoke(options);
        var data = colours.Load(ColourPictures.Rows(rows, seed: 11));
        if (!keysOutOfOrder)
        {
            return colours.Fit(options, data).Router;
        }

        var classes = colours.Load([.. ColourPictures.ClassNames.Reverse().Select(name => new ColourRow { Label = name })]);
        var keys = colours.Context.Transforms.Conversion.MapValueToKey("Key", "Label", keyData: colours.Context.Transforms.SelectColumns("Label").Fit(classes).Transform(classes));
        return colours.Context.OtdRouting().Route(options).Fit(keys.Fit(data).Transform(data));
    }

    private OtdResolutionRouter.Options Options(QualityTarget target)
    {
        var options = colours.Options();
        (options.Budget, options.Quality) = (null, target);
        return options;
    }

    private OtdRoutingTransformer Reload(OtdRoutingTransformer router, ScratchFolder folder)
    {
        colours.Context.OtdRouting().Save(router, colours.Test().Schema, folder.File("model.zip"));
        return colours.Context.OtdRouting().Load(folder.File("model.zip"), out _).OfType<OtdRoutingTransformer>().Single();
    }

    private sealed class MeanRow
    {
        [Microsoft.ML.Data.VectorType(3 * ColourPictures.Side * ColourPictures.Side)]
        public float[] Image { get; set; } = [];

        public float Truth { get; set; }
    }
}
