using System.Diagnostics;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>Searches at several budgets: the default, the trial that is taken, and the one that seems best, on test rows.</summary>
internal static class SearchTable
{
    private const int WindowSize = 256;

    public static void Write(Report report, ScoredFamily family, int[] fitting, int[] test, IReadOnlyList<double> budgets, int trials)
    {
        var prior = RoutingPrior.BudgetOnly();
        var (options, observed, tested) = (new FittingOptions(), family.Observe(fitting), family.Observe(test));
        var task = family.Task.Settle(observed, _ => { }, CancellationToken.None);
        var variants = RouterVariant.List(task, options, prior, family.Scorers.Names.Count, observed.Rows, trials);
        var folds = variants.Select(v => v.FoldCount).Distinct().ToDictionary(f => f, f => f == options.FoldCount ? observed : observed.Refold(f));
        FittedRouter Fit(RouterVariant v, CancellationToken token) => FittedRouter.Fit(
            folds[v.FoldCount], v.Task, family.Scorers.Names, family.Scorers.Costs, prior, v.Of(options), _ => { }, token, v.Resolutions);
        double Test(RouterVariant v, double budget)
        {
            var fitted = Fit(v, CancellationToken.None);
            var rows = new ComparedRows(fitted, v.Task, tested.Refold(v.FoldCount));
            var router = fitted.At(budget, prior, CancellationToken.None);
            return rows.Outcomes(router).Quality.Mean(rows.Choose(router, BudgetEnforcement.Calibrated, WindowSize));
        }

        report.Table(
            ["budget", "trials", "seconds", "taken", "its p", "default, test %", "taken, test %", "seemingly best", "held-out gain of that", "its p", "seemingly best, test %"],
            budgets.Select(fraction =>
            {
                var (budget, started) = (fraction * family.LargestCost, Stopwatch.GetTimestamp());
                var search = new RouterSearch(Fit, prior, family.Scorers.Names, variants[0], _ => budget, CancellationToken.None);
                search.Run(variants.Skip(1).ToList(), _ => { }, CancellationToken.None);
                var ((best, taken), tried) = (search.Choose(), search.Trials);
                var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                var seems = tried.Index().Where(t => t.Item.IsFeasible).MaxBy(t => t.Item.Gain).Index;
                return (string[])
                [
                    Report.Cost(fraction), $"{tried.Count}", $"{seconds:0.0}", Name(tried[taken], taken), taken == 0 ? "–" : $"{tried[taken].AdjustedPValue:0.###}",
                    Report.Percent(Test(variants[0], budget)), Report.Percent(Test(best, budget)),
                    Name(tried[seems], seems), Report.Signed(100 * tried[seems].Gain, 2), $"{tried[seems].AdjustedPValue:0.###}", Report.Percent(Test(variants[seems], budget)),
                ];
            }));
    }

    private static string Name(RouterTrial trial, int index) => index == 0
        ? "the default"
        : $"{string.Join('+', trial.Resolutions)}, {trial.Loss}, up to {trial.MaxRouteSize?.ToString() ?? "any"}, {trial.FoldCount} folds, {(trial.PruneRoutes ? "pruned" : "not pruned")}";
}
