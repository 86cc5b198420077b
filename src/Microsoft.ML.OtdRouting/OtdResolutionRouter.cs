using System.Diagnostics;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Fits a policy that sends every image to the resolution, or the ensemble of resolutions, that is good enough for it, under a compute
/// budget. The policy's prices come from optimal transport, so the budget is met and no route takes all.
/// </summary>
/// <remarks>
/// <para>Estimator characteristics</para>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>Yes, once</description></item>
/// <item><term>Input column data type</term><description>Image, text (the path of one), vector of <see cref="byte"/> (the file of one), or known-size vector of <see cref="float"/> (planar RGB, 0..255)</description></item>
/// <item><term>Label column data type</term><description>That of the task; in fitting alone</description></item>
/// <item><term>Output column data types</term><description>Those of the task; Route: key; RouteScores: vector of <see cref="float"/>; Cost:
/// <see cref="float"/></description></item>
/// <item><term>Required NuGet in addition to Microsoft.ML</term><description>Microsoft.ML.ImageAnalytics, Microsoft.ML.OnnxTransformer,
/// Microsoft.ML.OnnxRuntime</description></item>
/// </list>
/// <para>
/// The method is OTD-Net's ("Optimal Transport with Arbitrary Prior for Dynamic Resolution Network", IJCV 2025) for scorers that are
/// trained already: losses of all routes on the fitting data, a predictor of these losses from cheap features, fitted with
/// cross-fitting, and route prices from the transport between held-out predictions and the route prior.
/// </para>
/// </remarks>
public sealed partial class OtdResolutionRouter : IEstimator<OtdRoutingTransformer>
{
    private readonly Options _options;
    private readonly RouterContext _log;

    internal OtdResolutionRouter(Options options, RouterContext log)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options.Freeze();
        _options.Fitting.Seed ??= log.DrawSeed();
        _log = log;
    }

    /// <summary>Scores the data at every resolution, fits the policy, and makes a transformer of it.</summary>
    /// <param name="input">Fitting data with the image and label columns. Read once.</param>
    /// <returns>The transformer; it owns ONNX Runtime sessions, dispose it when done.</returns>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or data and models disagree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The budget is outside what the routes can cost.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="InvalidOperationException">
    /// A row has no readable image or no truth, or there are too few rows: for a fit, or for <see cref="Options.Quality"/>; then the message says how many would do.
    /// </exception>
    /// <exception cref="NotSupportedException"><see cref="Options.Quality"/> is set, and the task has no measure that a promise can be tested on.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return WithScorers((scorers, modelTime) => Fit(input, scorers, modelTime));
    }

    /// <summary>Opens the models for what makes a transformer of them, and closes them if it fails.</summary>
    private T WithScorers<T>(Func<ScorerSet, TimeSpan, T> work)
    {
        var started = Stopwatch.GetTimestamp();
        var scorers = new ScorerSet(
            [.. _options.Resolutions], _options.ImageFit, _options.Scoring, _log.Warning,
            _options.Budget?.Unit ?? CostUnit.Flops, _options.Decoding, _options.CancellationToken);
        try
        {
            return work(scorers, Stopwatch.GetElapsedTime(started));
        }
        catch
        {
            scorers.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return RouterSchemaShape.Append(inputSchema, _options.Task, _options.ColumnNames);
    }

    /// <summary>Says, before anything long runs, what will not be possible with these models, or slow.</summary>
    private void TellLimits(IReadOnlyList<ResolutionScorer> scorers)
    {
        try
        {
            RoutedGraph.RequireOneGraph(scorers);
        }
        catch (NotSupportedException problem)
        {
            // Routing without saving is legitimate.
            _log.Warning($"This router can be used, but neither saved nor exported: {problem.Message}");
        }

        if (scorers.Where(s => s.HasFixedBatch).Select(s => $"'{s.Resolution.ModelFile}'").Distinct().ToList() is { Count: > 0 } files)
        {
            _log.Warning(
                $"{string.Join(", ", files)} take{(files.Count == 1 ? "s" : "")} one image a run, so images are scored one by one there; " +
                "a model with a free batch axis scores several at once.");
        }
    }

    private OtdRoutingTransformer Fit(IDataView input, ScorerSet scorers, TimeSpan modelTime)
    {
        var rows = Read(input, scorers);
        var started = Stopwatch.GetTimestamp();
        var fitted = FittedRouter.Fit(
            rows.Fitting, rows.Task, scorers.Names, scorers.Costs, _options.Prior, _options.Fitting, _log.Info, _options.CancellationToken);
        return Finish(rows, scorers, _options, fitted, modelTime, started);
    }

    /// <summary>Scores the data at every resolution, after all checks that need no scoring.</summary>
    private FittingRows Read(IDataView input, ScorerSet scorers)
    {
        var started = Stopwatch.GetTimestamp();
        var (fitting, token, unit) = (_options.Fitting, _options.CancellationToken, scorers.CostUnit);
        var task = _options.Task.Bind(input.Schema, scorers);
        // What the options ask for is checked before anything is scored.
        var routes = RouteEnumeration.Enumerate(scorers.Names, scorers.Costs, 0, fitting.MaxRouteSize ?? int.MaxValue);
        _options.Prior.RequireRoutes(routes);
        RequireTestable(task);
        double? budget = _options.Quality is null
            ? (_options.Budget ?? ComputeBudget.FractionOfLargest(0.5)).Resolve(scorers.Costs[^1], routes, unit)
            : null;
        _log.Info($"Resolutions: {string.Join(", ", scorers.Names.Zip(scorers.Costs, (n, c) => $"{n} at {unit.Describe(c)}"))}; " +
            $"{routes.Count} routes; {(budget is { } cost ? $"budget {unit.Describe(cost)} an image" : $"{_options.Quality}")}.");
        TellLimits(scorers.Scorers);
        var failures = new RowFailures(_options.OnRowFailure, _log.Warning);
        var reader = new ObservationReader(scorers, task, _options.ImageColumnName, fitting, scorers.WindowRows(_options.PromisesWindows), failures, _log.Info, token);
        var all = reader.Read(input);
        if (failures.Failed > 0)
        {
            _log.Warning($"{failures.Failed} of {failures.Failed + all.Rows} rows failed and were left out of the fit.");
        }

        var scoringTime = Stopwatch.GetElapsedTime(started);
        _log.Info($"Scored {all.Rows} images in {scoringTime.TotalSeconds:F1} s; fitting the policy.");
        var (observations, keptBack) = Split(all);
        if (observations.UnevenFolds() is { } uneven)
        {
            _log.Warning(uneven);
        }

        var settled = task.Settle(observations, _log.Warning, token);
        if (keptBack is not null)
        {
            settled.Restate(keptBack, task);
        }

        return new FittingRows(settled, observations, keptBack, budget, scoringTime, ImageSource.FormOf(input.Schema[_options.ImageColumnName]));
    }

    /// <summary>Makes a transformer of what was fitted, at the budget of the options or of their promise.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="scorers">The resolutions.</param>
    /// <param name="options">Options of the fit.</param>
    /// <param name="fitted">What was fitted.</param>
    /// <param name="modelTime">Time to open the models.</param>
    /// <param name="started">When fitting began.</param>
    private OtdRoutingTransformer Finish(FittingRows rows, ScorerSet scorers, Options options, FittedRouter fitted, TimeSpan modelTime, long started)
    {
        var (unit, token) = (scorers.CostUnit, options.CancellationToken);
        var promise = rows.KeptBack is null
            ? null
            : PromiseSearch.On(options.Quality!, options.Prior, new ComparedRows(fitted, rows.Task, rows.KeptBack), scorers.WindowRows(options.PromisesWindows)).Find(_log.Info, token);
        var best = fitted.At(promise?.Budget ?? rows.Budget!.Value, options.Prior, token);
        foreach (var part in best.Describe(scorers.Names))
        {
            _log.Info($"{part.Share:P1} of the images{(best.Candidates.Count > 1 ? ", by their content," : "")} go to resolution {part.FirstLook} " +
                (part.IsAlone ? "alone" : $"first, and to one of {part.Routes.Count} routes") + $": {unit.Describe(part.MeanCost)} an image.");
        }

        var policy = best.Policy;
        _log.Info($"Fitted on {rows.Fitting.Rows} rows: " +
            $"shares {string.Join(", ", policy.Routes.Select((r, k) => $"{r.Name} {policy.Shares[k]:P1}"))}; " +
            $"expected cost {unit.Describe(policy.MeanCost)}.");
        if (promise is not null)
        {
            _log.Info($"Promised: {promise}, at a budget of {unit.Describe(promise.Budget)} an image.");
        }

        var scorer = new RoutedScorer(scorers, rows.Task, best.Candidates.Select(c => c.Model).ToList(), policy);
        var columns = new RoutedColumns(options.ColumnNames, scorer, rows.Images);
        return new OtdRoutingTransformer(
            options, scorer, columns, fitted, promise, new FittingTimes(modelTime, rows.ScoringTime, Stopwatch.GetElapsedTime(started)), _log);
    }

    /// <summary>Throws where there is a promise to test, and the task's measure is not one that it can be tested on.</summary>
    private void RequireTestable(BoundTask task)
    {
        if (_options.Quality is { } target && !task.HasBoundedQuality)
        {
            throw new NotSupportedException(
                $"{nameof(Options.Quality)} ({target}) cannot be tested on {task.QualityName}, the measure of the task '{task.Task.Name}': that of an image is not from 0 to 1.");
        }
    }

    /// <summary>The rows to fit on, and those that a promise is tested on; null without a promise.</summary>
    private (Observations Fitting, Observations? KeptBack) Split(Observations all)
    {
        if (_options.Quality is not { } target)
        {
            return (all, null);
        }

        var (fitting, keptBack) = all.Split(target.KeptBack, _options.Fitting.Seed!.Value);
        var least = ObservationReader.LeastRows(_options.Fitting.FoldCount);
        return fitting.Rows >= least && keptBack.Rows > 0
            ? (fitting, keptBack)
            : throw new InvalidOperationException(
                $"{nameof(QualityTarget)} ({target}): of {all.Rows} images {keptBack.Rows} are kept back, which leaves {fitting.Rows}; a router with " +
                $"{_options.Fitting.FoldCount} folds needs at least {least}, and the promise at least one to test on.");
    }

    /// <summary>What the resolutions say about the rows of a fit.</summary>
    /// <param name="Task">The task, settled on the rows to fit on.</param>
    /// <param name="Fitting">The rows to fit on.</param>
    /// <param name="KeptBack">The rows that a promise is tested on; null without one.</param>
    /// <param name="Budget">The budget, in the unit of the costs; null with a promise.</param>
    /// <param name="ScoringTime">Time to read and score them.</param>
    /// <param name="Images">What the image column holds.</param>
    private sealed record FittingRows(
        BoundTask Task, Observations Fitting, Observations? KeptBack, double? Budget, TimeSpan ScoringTime, ImageForm Images);
}
