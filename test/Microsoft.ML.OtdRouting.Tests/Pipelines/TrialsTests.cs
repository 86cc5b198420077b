using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers that callers try, one after the other, on rows that are scored once.</summary>
public sealed class TrialsTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void A_trial_is_the_router_that_a_fit_with_these_options_gives()
    {
        using var trials = Create(colours.Options());
        var settings = trials.Given with { Loss = "ExpectedError", FoldCount = 10, MaxRouteSize = 2 };
        using var tried = trials.Try(settings).CreateRouter();
        var options = colours.Options();
        (options.Classification().Loss, options.Fitting.FoldCount, options.Fitting.MaxRouteSize) = (RoutingLoss.ExpectedError, 10, 2);
        using var fitted = colours.Fit(options).Router;
        Assert.Equal(fitted.RoutePrices, tried.RoutePrices);
        Assert.Equal(fitted.HeldOutMetrics.Quality, trials.Trials[1].Quality, 1e-12);
        RoutedValues.AssertSame(RoutedValues.Read(fitted.Transform(colours.Test())), RoutedValues.Read(tried.Transform(colours.Test())));
    }

    [Fact]
    public void Ways_are_counted_once_and_share_their_level()
    {
        using var trials = Create(colours.Options());
        Assert.Equal(1, trials.Trials[0].AdjustedPValue);
        var other = trials.Given with { Resolutions = ["16", "8"] };
        var alone = trials.Try(other).Trial;
        Assert.Equal(alone.Quality, trials.Try(other with { Resolutions = ["8", "16"], MaxRouteSize = 2 }).Trial.Quality);
        Assert.Equal(2, trials.Trials.Count);
        trials.Try(trials.Given);
        trials.Try(trials.Given with { FoldCount = 10 });
        trials.Try(trials.Given with { PruneRoutes = false });
        Assert.Equal(4, trials.Trials.Count);
        Assert.Equal(Math.Min(1, 3 * alone.AdjustedPValue), trials.Trials[1].AdjustedPValue, 1e-12);
    }

    [Fact]
    public void Routers_of_trials_promise_nothing_and_the_one_that_is_taken_keeps_the_promise()
    {
        var options = colours.Options();
        (options.Budget, options.Quality, options.Fitting.Seed) = (null, QualityTarget.WithinLargest(4, 0.9), 7);
        using var trials = Create(options, ColourPictures.Rows(2_000, seed: 11));
        using var tried = trials.Try(trials.Given).CreateRouter();
        Assert.Null(tried.Promise);
        Assert.Equal(trials.Budget, tried.Budget, trials.Budget * 1e-9);
        using var chosen = trials.Choose().Router;
        Assert.Equal(chosen.Promise!.Budget, chosen.Budget, chosen.Budget * 1e-9);
        Assert.Equal(2_000, trials.Rows + chosen.Promise.Rows);
    }

    [Fact]
    public void Prescribed_shares_are_their_own_budget()
    {
        var options = colours.Options();
        options.Prior = RoutingPrior.Explicit([0.4, 0.3, 0.2, 0.1]);
        using var trials = Create(options);
        using var fitted = colours.Fit(options).Router;
        Assert.Equal(fitted.Budget, trials.Budget, fitted.Budget * 1e-9);
        Assert.InRange(trials.Trials[0].MeanCost / trials.Budget, 0.95, 1.05);
        using var tried = trials.Try(trials.Given).CreateRouter();
        Assert.Equal(fitted.RoutePrices, tried.RoutePrices);
        Assert.False(trials.CanChangeRoutes);
    }

    [Fact]
    public void What_cannot_be_tried_is_told()
    {
        using var trials = Create(colours.Options());
        Assert.Equal(["4", "8", "16"], trials.Resolutions);
        Assert.Equal("SmoothedError", trials.Losses[0]);
        Assert.Equal(4, trials.Losses.Count);
        var given = trials.Given;
        Assert.Null(trials.Problem(given));
        foreach (var (settings, told) in new[]
        {
            (given with { Resolutions = ["4", "32"] }, "no resolution '32'; there are 4, 8, 16"),
            (given with { Resolutions = ["4", "8"] }, "'16', must be among"),
            (given with { Resolutions = ["16", "4", "4"] }, "named twice"),
            (given with { Resolutions = ["16"] }, "two resolutions"),
            (given with { Loss = "none" }, "no loss 'none'; there are SmoothedError, "),
            (given with { MaxRouteSize = 0 }, "MaxRouteSize is 0"),
            (given with { FoldCount = 21 }, "FoldCount is 21"),
        })
        {
            Assert.Contains(told, Assert.Throws<ArgumentException>(() => trials.Try(settings)).Message);
        }
    }

    [Fact]
    public void A_router_that_is_dearer_than_the_budget_cannot_be_had()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.FractionOfLargest(0.15);
        using var trials = Create(options);
        var tried = trials.Try(trials.Given with { Resolutions = ["8", "16"] });
        Assert.False(tried.Trial.IsFeasible);
        Assert.Contains("costs more than the budget", Assert.Throws<InvalidOperationException>(tried.CreateRouter).Message);
    }

    [Fact]
    public void Routers_outlive_the_trials_and_nothing_is_tried_after_them()
    {
        var trials = Create(colours.Options());
        var tried = trials.Try(trials.Given);
        var router = tried.CreateRouter();
        trials.Dispose();
        trials.Dispose();
        Assert.Equal(5, router.Transform(colours.Test(5)).GetColumn<float>("Cost").Count());
        Assert.Throws<ObjectDisposedException>(tried.CreateRouter);
        Assert.Throws<ObjectDisposedException>(() => trials.Try(trials.Given));
        Assert.Throws<ObjectDisposedException>(trials.Choose);
        router.Dispose();
        Assert.Throws<ObjectDisposedException>(() => router.CreateGate());
    }

    [Fact]
    public void Trials_stop_when_told()
    {
        using var trials = Create(colours.Options());
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => trials.Try(trials.Given, stop.Token));
        Assert.Single(trials.Trials);
        Assert.True(trials.Try(trials.Given).Trial.IsFeasible);
    }

    private OtdRoutingTrials Create(OtdResolutionRouter.Options options, List<ColourRow>? rows = null) =>
        colours.Context.OtdRouting().CreateTrials(options, colours.WithKeys(rows is null ? colours.Fitting : colours.Load(rows)));
}
