using System.Diagnostics;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Fits many routers to the same rows and takes one of them.</summary>
/// <param name="fit">Fits a variant.</param>
/// <param name="prior">What is prescribed about the shares of the routes.</param>
/// <param name="names">Names of the resolutions.</param>
internal sealed class RouterSearch(Func<RouterVariant, FittedRouter> fit, RoutingPrior prior, IReadOnlyList<string> names)
{
    /// <summary>The chance, over all trials together, of taking one that is no better than the first.</summary>
    private const double Level = 0.05;

    /// <summary>Tries all variants at one budget.</summary>
    /// <remarks>
    /// All are judged by the quality of the fitting rows, each answered and routed by parts that have not seen it, against the first one, row by row. Of many that are
    /// no better some seem to be: a trial counts as better where the rows on which the two differ speak for it in an exact sign test at a level that is
    /// shared among all trials (Bonferroni). Of those that are better the best is taken, and the first one where none is.
    /// </remarks>
    /// <param name="variants">The variants; the first is the given one.</param>
    /// <param name="budgetOf">The budget, of the first router.</param>
    /// <param name="log">Is told of every trial.</param>
    /// <param name="cancellationToken">Stops the search between trials.</param>
    public (RouterVariant Best, FittedRouter Fitted, IReadOnlyList<RouterTrial> Trials) Run(
        IReadOnlyList<RouterVariant> variants, Func<FittedRouter, double> budgetOf, Action<string> log, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var first = fit(variants[0]);
        var budget = budgetOf(first);
        var reference = Judge(first, budget, cancellationToken);
        List<RouterTrial> trials = [Trial(variants[0], reference, reference.Quality, 1, started)];
        log($"Trial 1 of {variants.Count}: {trials[0]}.");
        var (best, bestFitted) = (0, first);
        for (var i = 1; i < variants.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            started = Stopwatch.GetTimestamp();
            var fitted = fit(variants[i]);
            if (fitted.Whole.Routes[0].Cost > budget)
            {
                trials.Add(Trial(variants[i], ([], double.NaN), reference.Quality, variants.Count - 1, started));
            }
            else
            {
                trials.Add(Trial(variants[i], Judge(fitted, budget, cancellationToken), reference.Quality, variants.Count - 1, started));
                if (trials[i].AdjustedPValue <= Level && trials[i].Gain > Math.Max(0, trials[best].Gain))
                {
                    (best, bestFitted) = (i, fitted);
                }
            }

            log($"Trial {i + 1} of {variants.Count}: {trials[i]}.");
        }

        log(best == 0 ? "No trial is better than the given options beyond what looking at so many explains: they stay." : $"Trial {best + 1} is taken.");
        return (variants[best], bestFitted, trials);
    }

    /// <summary>Quality of every fitting row at a budget, by parts that have not seen it, and the mean cost.</summary>
    private (double[] Quality, double MeanCost) Judge(FittedRouter fitted, double budget, CancellationToken cancellationToken)
    {
        var router = fitted.At(budget, prior, cancellationToken);
        var chosen = router.ChooseHeldOut(fitted.Positions);
        var outcomes = router.Join(c => c.Outcomes).WithQualityInEveryRow();
        return (PolicyRows.QualityOf(outcomes.Quality, row => chosen[row]), chosen.Average(k => router.Policy.Routes[k].Cost));
    }

    private RouterTrial Trial(RouterVariant variant, (double[] Quality, double MeanCost) judged, double[] reference, int others, long started)
    {
        var (better, worse, gain) = (0, 0, double.NaN);
        for (var row = 0; row < judged.Quality.Length; row++)
        {
            better += judged.Quality[row] > reference[row] ? 1 : 0;
            worse += judged.Quality[row] < reference[row] ? 1 : 0;
        }

        gain = judged.Quality.Length == 0 ? double.NaN : judged.Quality.Average() - reference.Average();
        var chance = judged.Quality.Length == 0 ? double.NaN : BinomialTail.AtLeast(better + worse, better, 0.5);
        return new RouterTrial(
            variant.Resolutions.Select(r => names[r]).ToArray(), variant.Task.LossName, variant.MaxRouteSize, variant.FoldCount, variant.PruneRoutes,
            judged.Quality.Length == 0 ? double.NaN : judged.Quality.Average(), judged.MeanCost, gain, better, worse, Math.Min(1, others * chance),
            Stopwatch.GetElapsedTime(started));
    }
}
