using Microsoft.ML.AutoML;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;
using Microsoft.ML.SearchSpace;

namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>Experiments over ways to fit a router.</summary>
[Collection(nameof(HeldMemory))]
public sealed class TrialRunnerTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    private const int Trials = 20;

    [Fact]
    public void An_experiment_finds_a_router_and_scores_every_image_once()
    {
        var reads = 0;
        var data = colours.Context.Transforms.CustomMapping<ColourRow, Count>((_, _) => reads++, null).Fit(colours.Fitting).Transform(colours.Fitting);
        using var trials = colours.Context.OtdRouting().CreateTrials(colours.Options(), colours.WithKeys(data));
        var scored = reads;
        var monitor = new RecordingMonitor();
        var best = Experiment(trials, monitor).SetRandomSearchTuner(seed: 1).SetMaxModelToExplore(Trials).Run();
        using var router = Assert.IsType<OtdRoutingTransformer>(best.Model);
        Assert.Equal(scored, reads);
        Assert.Equal(Trials, monitor.Completed.Count);
        Assert.Equal(monitor.Completed.Min(r => r.Loss), best.Loss);
        Assert.Equal(best.Metric, router.HeldOutMetrics.Quality, 1e-9);
        Assert.All(monitor.Completed, r => Assert.True(double.IsFinite(r.Loss) && r.DurationInMilliseconds > 0));
        // What the experiment returns is what the library's own fit gives for the same options.
        var option = best.TrialSettings.Parameter[OtdRouterTrialRunner.ParameterName].AsType<OtdRouterOption>();
        using var again = colours.Context.OtdRouting().Route(option.ApplyTo(colours.Options())).Fit(colours.WithKeys(colours.Fitting));
        var test = colours.Test();
        if (option.Resolutions.Length == 0)
        {
            Assert.Equal(again.RoutePrices, router.RoutePrices);
        }

        Assert.Equal(300, router.Transform(test).GetColumn<float>("Cost").Count());
    }

    [Fact]
    public void Experiments_with_the_same_seed_are_the_same()
    {
        List<double> Losses()
        {
            using var trials = Create(colours.Options());
            var monitor = new RecordingMonitor();
            using var router = (OtdRoutingTransformer)Experiment(trials, monitor).SetRandomSearchTuner(seed: 3).SetMaxModelToExplore(8).Run().Model;
            return [.. monitor.Completed.Select(r => r.Loss)];
        }

        Assert.Equal(Losses(), Losses());
    }

    [Fact]
    public void Overspending_adds_to_the_loss()
    {
        // Prices keep the mean cost of the rows that they are set on within the budget. Where rows have weights it is the weighted mean, and the plain one is more or less.
        var options = colours.Options();
        options.Fitting.ExampleWeightColumnName = nameof(Weighted.Weight);
        var data = colours.Context.Transforms.CustomMapping<ColourRow, Weighted>((row, weighted) => weighted.Weight = 0.5f + (row.Number % 5), null).Fit(colours.Fitting).Transform(colours.Fitting);
        using var trials = colours.Context.OtdRouting().CreateTrials(options, colours.WithKeys(data));
        var ways = (from folds in new[] { 5, 6, 7, 8, 9, 10 } from loss in trials.Losses select new OtdRouterOption { FoldCount = folds, Loss = loss }).ToList();
        var overspent = 0;
        foreach (var way in ways)
        {
            var trial = trials.Try(way.ToSettings(trials)).Trial;
            var over = (trial.MeanCost / trials.Budget) - 1;
            overspent += over > 1e-9 ? 1 : 0;
            foreach (var weight in new[] { 0.0, 1, 100 })
            {
                var result = Run(trials, new OtdRouterTrialRunner(trials, weight), way);
                ((OtdRoutingTransformer)result.Model).Dispose();
                Assert.Equal(1 - trial.Quality + (weight * Math.Max(0, over)), result.Loss, 1e-12);
            }
        }

        Assert.InRange(overspent, 1, ways.Count - 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => new OtdRouterTrialRunner(trials, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new OtdRouterTrialRunner(trials, double.NaN));
    }

    [Fact]
    public void Routers_that_are_dearer_than_the_budget_have_a_large_finite_loss_and_no_model()
    {
        var options = colours.Options();
        options.Budget = ComputeBudget.FractionOfLargest(0.15);
        using var trials = Create(options);
        var tuner = new FixedTuner(new OtdRouterOption { Resolutions = "8+16" }, new OtdRouterOption());
        var monitor = new RecordingMonitor();
        using var router = (OtdRoutingTransformer)Experiment(trials, monitor).SetTuner(tuner).SetMaxModelToExplore(3).Run().Model;
        Assert.Equal([OtdRouterTrialRunner.InfeasibleLoss, monitor.Best[1].Loss, OtdRouterTrialRunner.InfeasibleLoss], tuner.Losses);
        Assert.Equal([false, true, false], monitor.Completed.Select(r => r.Model is not null));
        Assert.Empty(monitor.Failed);
    }

    [Fact]
    public void Failures_do_not_end_an_experiment_before_its_first_success_and_are_told_after_it()
    {
        var fails = false;
        var options = colours.Options();
        options.Classification().Loss = RoutingLoss.Custom("fragile", (probabilities, label, _) => fails ? throw new InvalidOperationException("The loss is broken.") : 1 - probabilities[label]);
        using var trials = Create(options);
        var runner = new OtdRouterTrialRunner(trials);
        var monitor = new RecordingMonitor { Running = trial => fails = trial is 0 or 1 or 3 };
        var warnings = new List<string>();
        void Listen(object? sender, LoggingEventArgs e) => warnings.Add(e.Message);
        colours.Context.Log += Listen;
        var best = colours.Context.Auto().CreateExperiment()
            .AddSearchSpace(OtdRouterTrialRunner.ParameterName, OtdRouterSearchSpace.Of(trials))
            .SetTrialRunner(runner)
            .SetMonitor(monitor)
            .SetTuner(new FixedTuner(new OtdRouterOption { Loss = "fragile" }))
            .SetMaxModelToExplore(5)
            .Run();
        colours.Context.Log -= Listen;
        using var router = (OtdRoutingTransformer)best.Model;
        Assert.Equal(2, best.TrialSettings.TrialId);
        Assert.Equal([0, 1, 2, 4], monitor.Completed.Select(r => r.TrialSettings.TrialId));
        Assert.Equal([OtdRouterTrialRunner.InfeasibleLoss, OtdRouterTrialRunner.InfeasibleLoss], monitor.Completed.Take(2).Select(r => r.Loss));
        Assert.Contains("The loss is broken.", Assert.Single(monitor.Failed).ToString());
        Assert.Equal(2, runner.EarlyFailures.Count);
        Assert.Equal(2, warnings.Count(w => w.Contains("The loss is broken.") && w.Contains("Trial")));
    }

    [Fact]
    public void What_cannot_be_tried_fails_like_any_trial()
    {
        using var trials = Create(colours.Options());
        var runner = new OtdRouterTrialRunner(trials);
        var result = Run(trials, runner, new OtdRouterOption { Resolutions = "4+8" });
        Assert.Equal((OtdRouterTrialRunner.InfeasibleLoss, null), (result.Loss, result.Model));
        Assert.Contains("'16', must be among those", Assert.Single(runner.EarlyFailures).Message);
    }

    [Fact]
    public async Task A_parameter_of_another_space_is_an_error_that_says_so()
    {
        using var trials = Create(colours.Options());
        var settings = new TrialSettings { Parameter = Parameter.CreateNestedParameter(KeyValuePair.Create("other", Parameter.FromInt(1))) };
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => new OtdRouterTrialRunner(trials).RunAsync(settings, CancellationToken.None));
        Assert.Contains("no entry 'router', only other", error.Message);
    }

    [Fact]
    public async Task A_cancelled_trial_ends_at_the_next_look_of_the_fit_and_the_best_so_far_stays()
    {
        // The loss is asked for every row and route: how often it is asked after it has cancelled tells how soon the fit ends, whatever the machine.
        using var stop = new CancellationTokenSource();
        var (asked, after, cancels) = (0L, 0L, false);
        var options = colours.Options();
        options.Classification().Loss = RoutingLoss.Custom("counting", (probabilities, label, _) =>
        {
            Interlocked.Increment(ref asked);
            if (stop.IsCancellationRequested)
            {
                Interlocked.Increment(ref after);
            }
            else if (cancels)
            {
                stop.Cancel();
            }

            return 1 - probabilities[label];
        });
        using var trials = Create(options);
        var whole = Interlocked.Exchange(ref asked, 0);
        var monitor = new RecordingMonitor { Running = trial => cancels = trial == 2 };
        var best = await Experiment(trials, monitor)
            .SetTuner(new FixedTuner(new OtdRouterOption { Loss = "counting" }, new OtdRouterOption { Loss = "counting", MaxRouteSize = 2 }))
            .SetMaxModelToExplore(100)
            .RunAsync(stop.Token);
        Assert.True(stop.IsCancellationRequested);
        Assert.Equal(2, monitor.Completed.Count);
        Assert.InRange(after, 0, whole / 2);
        using var router = (OtdRoutingTransformer)best.Model;
        Assert.NotEmpty(router.Transform(colours.Test(5)).GetColumn<float>("Cost").ToList());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new OtdRouterTrialRunner(trials).RunAsync(Settings(new OtdRouterOption { Loss = "counting" }), stop.Token));
    }

    [Fact]
    public void Losers_are_disposed_and_the_winner_outlives_the_trials()
    {
        OtdRoutingTransformer winner;
        var given = new List<OtdRoutingTransformer>();
        var monitor = new RecordingMonitor { Ended = r => given.AddRange(r.Model is OtdRoutingTransformer router ? [router] : []) };
        using (var trials = Create(colours.Options()))
        {
            winner = (OtdRoutingTransformer)Experiment(trials, monitor).SetRandomSearchTuner(seed: 5).SetMaxModelToExplore(Trials).Run().Model;
        }

        Assert.Equal(monitor.Best.Count, given.Count);
        Assert.True(given.Count > 1, "The experiment has found its best router at once: the test needs another seed.");
        Assert.Same(winner, given[^1]);
        var test = colours.Test(5);
        Assert.NotEmpty(winner.Transform(test).GetColumn<float>("Cost").ToList());
        Assert.All(monitor.Completed.Where(r => r.Model is not null), r => Assert.Same(winner, r.Model));
        // The routers share the sessions, which end with the last of their owners.
        winner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => winner.CreateGate());
    }

    [Fact]
    public void Twenty_trials_leave_nothing_behind()
    {
        using var trials = Create(colours.Options());
        var runner = new OtdRouterTrialRunner(trials);
        OtdRouterOption[] ways = [new(), new() { FoldCount = 10 }, new() { MaxRouteSize = 1 }, new() { Loss = "ZeroOne" }, new() { Resolutions = "8+16" }];
        void RunAll()
        {
            foreach (var way in ways)
            {
                using (runner)
                {
                    Run(trials, runner, way);
                }
            }
        }

        static long Held()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return GC.GetTotalMemory(forceFullCollection: true);
        }

        // Pools are kept once a way to fit; the first round makes them.
        RunAll();
        var held = Held();
        for (var round = 0; round < Trials / ways.Length; round++)
        {
            RunAll();
        }

        Assert.InRange(Held() - held, long.MinValue, 256 << 10);
        Assert.Equal(ways.Length, trials.Trials.Count);
    }

    private OtdRoutingTrials Create(OtdResolutionRouter.Options options) => colours.Context.OtdRouting().CreateTrials(options, colours.WithKeys(colours.Fitting));

    private AutoMLExperiment Experiment(OtdRoutingTrials trials, RecordingMonitor monitor) =>
        colours.Context.Auto().CreateExperiment().SetRouterTrials(trials).SetMonitor(monitor);

    private static TrialSettings Settings(OtdRouterOption option) => new() { Parameter = new FixedTuner(option).Propose(new TrialSettings()) };

    private static TrialResult Run(OtdRoutingTrials trials, OtdRouterTrialRunner runner, OtdRouterOption option)
    {
        Assert.NotNull(trials);
        return runner.RunAsync(Settings(option), CancellationToken.None).GetAwaiter().GetResult();
    }

    private sealed class Weighted
    {
        public float Weight { get; set; }
    }

    private sealed class Count
    {
        public bool Seen { get; set; }
    }
}
