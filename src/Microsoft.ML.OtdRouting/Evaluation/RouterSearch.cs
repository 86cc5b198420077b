using System.Diagnostics;
using Microsoft.ML.OtdRouting.Fitting;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Routers that are fitted to the same rows, one after the other, and compared with the first of them.</summary>
/// <remarks>
/// All are judged at one budget by the quality of the fitting rows, each answered and routed by parts that have not seen it, against the first one, row by row. Of many
/// that are no better some seem to be: a trial counts as better where the rows on which the two differ speak for it in an exact sign test at a level that is
/// shared among all trials (Bonferroni). Of those that are better the best is taken, and the first one where none is.
/// </remarks>
internal sealed class RouterSearch
{
    /// <summary>The chance, over all trials together, of taking one that is no better than the first.</summary>
    private const double Level = 0.05;

    private readonly Func<RouterVariant, CancellationToken, FittedRouter> _fit;
    private readonly RoutingPrior _prior;
    private readonly IReadOnlyList<string> _names;
    private readonly List<RouterVariant> _variants = [];
    private readonly List<RouterTrial> _trials = [];
    private readonly double[] _reference;

    /// <summary>Fits the first router.</summary>
    /// <param name="fit">Fits a variant.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="names">Names of the resolutions.</param>
    /// <param name="given">What the others are compared with.</param>
    /// <param name="budgetOf">The budget, of the first router.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    public RouterSearch(
        Func<RouterVariant, CancellationToken, FittedRouter> fit,
        RoutingPrior prior,
        IReadOnlyList<string> names,
        RouterVariant given,
        Func<FittedRouter, double> budgetOf,
        CancellationToken cancellationToken)
    {
        (_fit, _prior, _names) = (fit, prior, names);
        var started = Stopwatch.GetTimestamp();
        var first = fit(given, cancellationToken);
        Budget = budgetOf(first);
        var judged = Judge(first, cancellationToken);
        _reference = judged.Quality;
        Add(given, Trial(given, judged, started));
    }

    /// <summary>Mean cost at which all are judged, in the unit of the costs.</summary>
    public double Budget { get; }

    /// <summary>All trials so far, each way to fit once.</summary>
    public IReadOnlyList<RouterTrial> Trials => [.. _trials.Select(t => t.Among(_trials.Count - 1))];

    /// <summary>Fits a router and judges it. One that is dearer than the budget is fitted and not judged.</summary>
    /// <param name="variant">How to fit it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public (RouterTrial Trial, FittedRouter Fitted) Try(RouterVariant variant, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var started = Stopwatch.GetTimestamp();
        var fitted = _fit(variant, cancellationToken);
        var trial = Trial(variant, fitted.Whole.Routes[0].Cost > Budget ? ([], double.NaN) : Judge(fitted, cancellationToken), started);
        if (!_variants.Any(v => v.IsAs(variant)))
        {
            Add(variant, trial);
        }

        return (trial, fitted);
    }

    /// <summary>The way to fit that is taken, and its index among the trials.</summary>
    public (RouterVariant Variant, int Index) Choose()
    {
        var trials = Trials;
        var best = 0;
        for (var i = 1; i < trials.Count; i++)
        {
            best = trials[i].AdjustedPValue <= Level && trials[i].Gain > Math.Max(0, trials[best].Gain) ? i : best;
        }

        return (_variants[best], best);
    }

    /// <summary>Tries several ways to fit.</summary>
    /// <param name="others">The ways, without the first one.</param>
    /// <param name="log">Is told of every trial.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public void Run(IReadOnlyList<RouterVariant> others, Action<string> log, CancellationToken cancellationToken)
    {
        log($"Trial 1 of {others.Count + 1}: {_trials[0]}.");
        for (var i = 0; i < others.Count; i++)
        {
            var (trial, _) = Try(others[i], cancellationToken);
            log($"Trial {i + 2} of {others.Count + 1}: {trial.Among(others.Count)}.");
        }

        var best = Choose().Index;
        log(best == 0 ? "No trial is better than the given options beyond what looking at so many explains: they stay." : $"Trial {best + 1} is taken.");
    }

    private void Add(RouterVariant variant, RouterTrial trial)
    {
        _variants.Add(variant);
        _trials.Add(trial);
    }

    /// <summary>Quality of every fitting row at the budget, by parts that have not seen it, and the mean cost.</summary>
    private (double[] Quality, double MeanCost) Judge(FittedRouter fitted, CancellationToken cancellationToken)
    {
        var router = fitted.At(Budget, _prior, cancellationToken);
        var chosen = router.ChooseHeldOut(fitted.Positions);
        var outcomes = router.Join(c => c.Outcomes).WithQualityInEveryRow();
        return (PolicyRows.QualityOf(outcomes.Quality, row => chosen[row]), chosen.Average(k => router.Policy.Routes[k].Cost));
    }

    private RouterTrial Trial(RouterVariant variant, (double[] Quality, double MeanCost) judged, long started)
    {
        var (better, worse) = (0, 0);
        for (var row = 0; row < judged.Quality.Length; row++)
        {
            better += judged.Quality[row] > _reference[row] ? 1 : 0;
            worse += judged.Quality[row] < _reference[row] ? 1 : 0;
        }

        var quality = judged.Quality.Length == 0 ? double.NaN : judged.Quality.Average();
        return new RouterTrial(
            variant.Resolutions.Select(r => _names[r]).ToArray(), variant.Task.LossName, variant.MaxRouteSize, variant.FoldCount, variant.PruneRoutes,
            quality, judged.MeanCost, quality - _reference.Average(), better, worse, double.NaN, Stopwatch.GetElapsedTime(started)).Among(1);
    }
}
