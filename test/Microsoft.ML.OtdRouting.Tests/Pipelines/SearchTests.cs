using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Many routers fitted to rows that are scored once.</summary>
public sealed class SearchTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void The_first_trial_is_the_given_router_and_the_one_taken_is_not_worse()
    {
        var search = Search(colours.Options(), 30);
        using var router = search.Router;
        Assert.Equal(30, search.Trials.Count);
        var (first, metrics) = (search.Trials[0], colours.Router.HeldOutMetrics);
        Assert.Equal((metrics.Quality, 0.0, 0, 0), (first.Quality, first.Gain, first.Better, first.Worse));
        Assert.Equal(metrics.MeanCost, first.MeanCost, 1e-6);
        Assert.Equal(search.Best.Quality, router.HeldOutMetrics.Quality, 1e-9);
        Assert.Equal(search.Best.MeanCost, router.HeldOutMetrics.MeanCost, 1e-6);
        Assert.True(search.Best.Gain >= 0);
        if (search.BestIndex == 0)
        {
            Assert.Equal(colours.Router.RoutePrices, router.RoutePrices);
        }

        // Each trial is another one, and every thing is tried alone.
        Assert.Equal(30, search.Trials.Select(t => $"{string.Join('+', t.Resolutions)} {t.Loss} {t.MaxRouteSize} {t.FoldCount} {t.PruneRoutes}").Distinct().Count());
        Assert.Contains(search.Trials, t => t.Resolutions.SequenceEqual(["8", "16"]) && t.Loss == first.Loss);
        Assert.Contains(search.Trials, t => t.Loss == "CrossEntropy" && t.Resolutions.Count == 3);
        Assert.Contains(search.Trials, t => t.FoldCount == 10);
        Assert.All(search.Trials, t => Assert.Contains("16", t.Resolutions));
        Assert.All(search.Trials.Skip(1), t => Assert.Equal(t.Gain, t.Quality - first.Quality, 1e-9));
    }

    [Fact]
    public void Ways_that_are_dearer_than_the_budget_are_said_to_be_so()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.FractionOfLargest(0.15);
        var search = Search(options, 20);
        using var router = search.Router;
        Assert.Contains(search.Trials, t => !t.IsFeasible && t.Resolutions.SequenceEqual(["8", "16"]));
        Assert.True(search.Best.IsFeasible);
        Assert.InRange(router.HeldOutMetrics.MeanCost, 0, 0.16 * ColourModels.Flops(16));
    }

    [Fact]
    public void A_way_that_is_better_beyond_all_doubt_is_taken_and_used_saved_and_compared()
    {
        // A loss that wants mistakes: every other loss is better.
        var options = colours.Options();
        options.Classification().Loss = RoutingLoss.Custom("mistakes", (probabilities, label, _) => probabilities[label]);
        var rows = ColourPictures.Rows(4_000, seed: 12);
        var search = Search(options, 12, rows);
        using var router = search.Router;
        Assert.True(search.BestIndex > 0, string.Join("\n", search.Trials));
        Assert.InRange(search.Best.AdjustedPValue, 0, 0.05);
        Assert.NotEqual("mistakes", search.Best.Loss);
        var test = colours.Test(1_000);
        using (var given = colours.Fit(options, colours.Load(rows)).Router)
        {
            Assert.True(Accuracy(router, test) > Accuracy(given, test));
        }

        using var folder = new ScratchFolder();
        colours.Context.OtdRouting().Save(router, colours.Test().Schema, folder.File("model.zip"));
        using var loaded = colours.Context.OtdRouting().Load(folder.File("model.zip"), out _);
        RoutedValues.AssertSame(RoutedValues.Read(router.Transform(test)), RoutedValues.Read(loaded.Transform(test)));
        var compared = colours.Context.OtdRouting().Compare(router, test);
        Assert.Equal(Accuracy(router, test), compared.Metrics.Quality, 1e-6);
    }

    [Fact]
    public void A_promise_is_tested_for_the_router_that_is_taken()
    {
        var options = colours.Options();
        (options.Budget, options.Quality, options.Fitting.Seed) = (null, QualityTarget.WithinLargest(4, 0.9), 7);
        var search = Search(options, 10, ColourPictures.Rows(2_000, seed: 11));
        using var router = search.Router;
        Assert.Equal(router.Promise!.Budget, router.Budget, router.Budget * 1e-9);
        Assert.Equal(2_000, router.Promise.Rows + router.HeldOutMetrics.Rows);
    }

    [Fact]
    public void Searches_are_the_same_twice_and_stop_when_told()
    {
        var first = Search(colours.Options(), 15);
        var second = Search(colours.Options(), 15);
        using var _ = first.Router;
        using var __ = second.Router;
        Assert.Equal(first.Trials.Select(t => $"{t}"), second.Trials.Select(t => $"{t}"));
        var options = colours.Options();
        using var stop = new CancellationTokenSource();
        options.CancellationToken = stop.Token;
        void Stop(object? sender, LoggingEventArgs e)
        {
            if (e.Message.Contains("Trial 3 of"))
            {
                stop.Cancel();
            }
        }

        colours.Context.Log += Stop;
        Assert.ThrowsAny<OperationCanceledException>(() => Search(options, 15));
        colours.Context.Log -= Stop;
        Assert.Throws<ArgumentOutOfRangeException>(() => Search(colours.Options(), 0));
    }

    private static double Accuracy(OtdRoutingTransformer router, IDataView test) =>
        new MLContext(1).OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed).Quality;

    private OtdRoutingSearch Search(OtdResolutionRouter.Options options, int trials, List<ColourRow>? rows = null) =>
        colours.Context.OtdRouting().Search(options, colours.WithKeys(rows is null ? colours.Fitting : colours.Load(rows)), trials);
}
