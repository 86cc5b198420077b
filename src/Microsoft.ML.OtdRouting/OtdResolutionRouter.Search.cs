using System.Diagnostics;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

public sealed partial class OtdResolutionRouter
{
    /// <summary>Scores the data once at every resolution and fits many routers to it.</summary>
    /// <param name="input">Fitting data.</param>
    /// <param name="count">Most routers to fit.</param>
    internal OtdRoutingSearch Search(IDataView input, int count)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var trials = CreateTrials(input);
        return trials.Run(count, _options.Prior, _log.Info);
    }

    /// <summary>Scores the data once at every resolution, for routers to be fitted to it.</summary>
    /// <param name="input">Fitting data.</param>
    internal OtdRoutingTrials CreateTrials(IDataView input) => WithScorers((scorers, modelTime) => CreateTrials(input, scorers, modelTime));

    private OtdRoutingTrials CreateTrials(IDataView input, ScorerSet scorers, TimeSpan modelTime)
    {
        var rows = Read(input, scorers);
        var started = Stopwatch.GetTimestamp();
        var folds = new Dictionary<int, Observations> { [_options.Fitting.FoldCount] = rows.Fitting };
        FittedRouter Fit(RouterVariant variant, CancellationToken token) => FittedRouter.Fit(
            folds.TryGetValue(variant.FoldCount, out var known) ? known : folds[variant.FoldCount] = rows.Fitting.Refold(variant.FoldCount),
            variant.Task, scorers.Names, scorers.Costs, _options.Prior, variant.Of(_options.Fitting), _ => { }, token, variant.Resolutions);

        OtdRoutingTransformer Create(RouterVariant variant, FittedRouter fitted, FittingRows of)
        {
            var options = _options.Freeze();
            options.Fitting = variant.Of(options.Fitting);
            options.Task = variant.Task.Task;
            options.Quality = of.KeptBack is null ? null : options.Quality;
            var sessions = scorers.Share();
            try
            {
                return Finish(of with { Task = variant.Task, KeptBack = of.KeptBack?.Refold(variant.FoldCount) }, sessions, options, fitted, modelTime, started);
            }
            catch
            {
                sessions.Dispose();
                throw;
            }
        }

        var given = new RouterVariant(
            rows.Task, Enumerable.Range(0, scorers.Names.Count).ToArray(), _options.Fitting.MaxRouteSize, _options.Fitting.FoldCount, _options.Fitting.PruneRoutes);
        double BudgetOf(FittedRouter first) => rows.Budget is not { } budget
            ? PromiseSearch.OnHeldOutRows(_options.Quality!, _options.Prior, first).Estimate(_options.CancellationToken)
            // Where shares are prescribed, their cost takes the place of the budget.
            : _options.Prior.HasBudget ? budget : first.At(budget, _options.Prior, _options.CancellationToken).Policy.Budget;
        var search = new RouterSearch(Fit, _options.Prior, scorers.Names, given, BudgetOf, _options.CancellationToken);
        return new OtdRoutingTrials(
            scorers, search, given, _options, rows.Fitting.Rows, _log.Warning,
            (variant, fitted) => Create(variant, fitted, rows with { KeptBack = null, Budget = search.Budget }),
            variant => Create(variant, Fit(variant, _options.CancellationToken), rows));
    }
}
