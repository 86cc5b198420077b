using System.Diagnostics;
using Microsoft.ML.AutoML;

namespace Microsoft.ML.OtdRouting.AutoML;

/// <summary>
/// Runs the trials of an AutoML experiment: each fits a router to images that were scored once (<see cref="OtdRoutingTrials"/>). The parameter's entry
/// <see cref="ParameterName"/> says how.
/// </summary>
/// <remarks>
/// <para>
/// A trial's <see cref="TrialResult.Metric"/> is the quality on held-out rows, its <see cref="TrialResult.Loss"/> is one minus that, and what is spent over the budget besides, in
/// shares of it, times a weight. A router that cannot be had at the budget has <see cref="InfeasibleLoss"/>.
/// </para>
/// <para>
/// The result of a trial that is better than all before it holds the router; others hold none. The router that it has beaten is disposed when the experiment, which has compared
/// the two then, disposes the runner, as it does after every trial; the runner can be used on. So monitors must not throw, and must not keep the models of results.
/// </para>
/// </remarks>
public sealed class OtdRouterTrialRunner : ITrialRunner
{
    /// <summary>Name of the parameter, and of the search space that is added to an experiment.</summary>
    public const string ParameterName = "router";

    /// <summary>Loss of a trial without a router: more than that of any trial with one. (AutoML takes losses that are not finite for failures.)</summary>
    public const double InfeasibleLoss = 1000;

    private readonly OtdRoutingTrials _trials;
    private readonly double _costWeight;
    private readonly List<Exception> _failures = [];
    private TrialResult? _best;
    private TrialResult? _beaten;

    /// <summary>A runner for one experiment.</summary>
    /// <param name="trials">What routers are fitted to; must live as long as the experiment.</param>
    /// <param name="costWeight">What it adds to the loss when the budget is spent twice over; in proportion for less. At least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is negative or not finite.</exception>
    public OtdRouterTrialRunner(OtdRoutingTrials trials, double costWeight = 1)
    {
        ArgumentNullException.ThrowIfNull(trials);
        if (!(costWeight >= 0 && double.IsFinite(costWeight)))
        {
            throw new ArgumentOutOfRangeException(nameof(costWeight), costWeight, $"The weight of cost is {costWeight}; it must be finite and at least 0.");
        }

        _trials = trials;
        _costWeight = costWeight;
    }

    /// <summary>
    /// What trials have thrown before any router was found. AutoML ends an experiment at such a failure, so these trials are reported as infeasible, and as warnings in the log;
    /// failures after that are thrown, for AutoML to tell its monitor and go on.
    /// </summary>
    public IReadOnlyList<Exception> EarlyFailures => _failures;

    /// <summary>Fits and judges one router, on a thread of the pool.</summary>
    /// <param name="settings">The trial, with its parameter.</param>
    /// <param name="ct">Stops the fit.</param>
    /// <exception cref="InvalidOperationException">The parameter has no entry <see cref="ParameterName"/>.</exception>
    /// <exception cref="OperationCanceledException">The trial was cancelled.</exception>
    public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(settings);
        return Task.Run(() => Run(settings, ct), CancellationToken.None);
    }

    /// <summary>Frees the router that the last trial has beaten.</summary>
    public void Dispose()
    {
        if (_beaten is not null)
        {
            ((OtdRoutingTransformer)_beaten.Model!).Dispose();
            (_beaten.Model, _beaten) = (null!, null);
        }
    }

    private TrialResult Run(TrialSettings settings, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        if (!settings.Parameter.ContainsKey(ParameterName))
        {
            throw new InvalidOperationException(
                $"The parameter of trial {settings.TrialId} has no entry '{ParameterName}', only {string.Join(", ", settings.Parameter.Keys)}: " +
                $"add {nameof(OtdRouterSearchSpace)}.{nameof(OtdRouterSearchSpace.Of)} to the experiment under this name, as {nameof(OtdAutoMLExtensions.SetRouterTrials)} does.");
        }

        var option = settings.Parameter[ParameterName].AsType<OtdRouterOption>();
        var result = new TrialResult { TrialSettings = settings, Loss = InfeasibleLoss };
        try
        {
            Judge(_trials.Try(option.ToSettings(_trials), cancellationToken), result);
        }
        catch (Exception e) when (_best is null && e is not (OperationCanceledException or OutOfMemoryException or ObjectDisposedException))
        {
            _failures.Add(e);
            _trials.Warn($"Trial {settings.TrialId} of the experiment has failed, and counts as infeasible since no router was found before it: {e.Message}");
        }

        result.DurationInMilliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        return result;
    }

    private void Judge(TriedRouter tried, TrialResult result)
    {
        var trial = tried.Trial;
        if (!trial.IsFeasible)
        {
            return;
        }

        var loss = 1 - trial.Quality + (_costWeight * Math.Max(0, (trial.MeanCost / _trials.Budget) - 1));
        if (_best is null || loss < _best.Loss)
        {
            result.Model = tried.CreateRouter();
            Dispose();
            (_beaten, _best) = (_best, result);
        }

        (result.Loss, result.Metric) = (loss, trial.Quality);
    }
}
