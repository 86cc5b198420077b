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
    /// <param name="trials">Most routers to fit.</param>
    internal OtdRoutingSearch Search(IDataView input, int trials)
    {
        ArgumentNullException.ThrowIfNull(input);
        return WithScorers((scorers, modelTime) => Search(input, scorers, modelTime, trials));
    }

    private OtdRoutingSearch Search(IDataView input, ScorerSet scorers, TimeSpan modelTime, int trials)
    {
        var (rows, token) = (Read(input, scorers), _options.CancellationToken);
        var started = Stopwatch.GetTimestamp();
        var folds = new Dictionary<int, Observations> { [_options.Fitting.FoldCount] = rows.Fitting };
        FittedRouter Fit(RouterVariant variant) => FittedRouter.Fit(
            folds.TryGetValue(variant.FoldCount, out var known) ? known : folds[variant.FoldCount] = rows.Fitting.Refold(variant.FoldCount),
            variant.Task, scorers.Names, scorers.Costs, _options.Prior, variant.Of(_options.Fitting), _ => { }, token, variant.Resolutions);
        var search = new RouterSearch(Fit, _options.Prior, scorers.Names);
        var variants = RouterVariant.List(rows.Task, _options.Fitting, _options.Prior, scorers.Names.Count, rows.Fitting.Rows, trials);
        var (best, fitted, tried) = search.Run(
            variants,
            given => rows.Budget ?? PromiseSearch.OnHeldOutRows(_options.Quality!, _options.Prior, given).Estimate(token),
            _log.Info, token);
        var options = _options.Freeze();
        options.Fitting = best.Of(options.Fitting);
        options.Task = best.Task.Task;
        var router = Finish(rows with { Task = best.Task, KeptBack = rows.KeptBack?.Refold(best.FoldCount) }, scorers, options, fitted, modelTime, started);
        return new OtdRoutingSearch(router, tried, variants.ToList().IndexOf(best));
    }
}
