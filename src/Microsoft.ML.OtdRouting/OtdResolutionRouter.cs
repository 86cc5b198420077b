using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Fits a policy that sends every image to the resolution, or the ensemble of resolutions, that is good enough for it, under a compute
/// budget. The policy's prices come from optimal transport, so the budget is met and no route takes all.
/// </summary>
/// <remarks>
/// <para>Estimator characteristics</para>
/// <list type="table">
/// <item><term>Does this estimator need to look at the data to train its parameters?</term><description>Yes, once</description></item>
/// <item><term>Input column data type</term><description>Image, or known-size vector of <see cref="float"/> (planar RGB, 0..255)</description></item>
/// <item><term>Label column data type</term><description>Key; in fitting alone</description></item>
/// <item><term>Output column data types</term><description>Score: vector of <see cref="float"/>; PredictedLabel: the label's key type;
/// Route: key; RouteScores: vector of <see cref="float"/>; Cost: <see cref="float"/></description></item>
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
        _options.Seed ??= log.DrawSeed();
        _log = log;
    }

    /// <summary>Scores the data at every resolution, fits the policy, and makes a transformer of it.</summary>
    /// <param name="input">Fitting data with the image and label columns. Read once.</param>
    /// <returns>The transformer; it owns ONNX Runtime sessions, dispose it when done.</returns>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or the classes and the label's keys disagree.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The budget is outside what the routes can cost.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="InvalidOperationException">A row has no readable image or no label, or there are too few rows.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var started = Stopwatch.GetTimestamp();
        var scorers = new ScorerSet(
            [.. _options.Resolutions], _options.ImageFit, _options.Scoring, _log.Warning,
            _options.Budget.Unit ?? CostUnit.Flops, _options.Features.Model, _options.CancellationToken);
        try
        {
            return Fit(input, scorers, Stopwatch.GetElapsedTime(started));
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
        return RouterSchemaShape.Append(inputSchema, _options.ColumnNames);
    }

    private OtdRoutingTransformer Fit(IDataView input, ScorerSet scorers, TimeSpan modelTime)
    {
        var started = Stopwatch.GetTimestamp();
        var features = _options.Features.CreateExtractor(
            scorers,
            _options.Features.ColumnName is { } vector ? FeatureColumn.Length(FeatureColumn.Bind(input.Schema, vector, null)) : 0);
        var routes = RouteEnumeration.Enumerate(
            scorers.Names, scorers.Costs, features.NeedsLowestResolution, _options.MaxRouteSize ?? int.MaxValue, scorers.FeatureCost);
        _options.Prior.RequireRoutes(routes);
        var unit = scorers.CostUnit;
        var budget = _options.Budget.Resolve(scorers.Costs[^1], routes, unit);
        _log.Info($"Resolutions: {string.Join(", ", scorers.Names.Zip(scorers.Costs, (n, c) => $"{n} at {unit.Describe(c)}"))}; " +
            $"{routes.Count} routes; features: {_options.Features}; budget {unit.Describe(budget)} an image.");

        var label = LabelColumn.Bind(input.Schema, _options.LabelColumnName);
        var classes = ClassMap.Match(label, scorers.ClassCount, _options.ClassNames);
        var table = new OutputTableReader(scorers, features, _options, classes, _log).Read(input);
        if (_options.ClassNames is null && ClassOrder.Find(table) is { } order)
        {
            classes = order.Settle(table, classes, _options.MatchClasses, label.Name, scorers.Scorers[^1].Resolution.ModelFile, _log.Warning);
        }

        var scoringTime = Stopwatch.GetElapsedTime(started);
        started = Stopwatch.GetTimestamp();
        var candidates = RouterCandidate.FitAll(table, scorers, features, routes, budget, _options, _log.Info);
        var (best, policy) = RouterCandidate.Best(candidates, budget, _options);
        routes = best.Fit.Routes;
        if (best.First > 0)
        {
            _log.Info($"Resolution {best.Scorers.Names[0]} looks at every image: at this budget, cheaper ones cost more than they tell.");
        }

        var calibration = policy.Calibration;
        _log.Info($"Fitted on {table.Rows} rows: " +
            $"shares {string.Join(", ", routes.Select((r, k) => $"{r.Name} {calibration.Shares[k]:P1}"))}; " +
            $"expected cost {unit.Describe(calibration.MeanCost)}.");

        var scorer = new RoutedScorer(best.Scorers, routes, best.Fit.Ensemble, classes, policy);
        var columns = new RoutedColumns(
            _options.ColumnNames, scorer, (KeyDataViewType)label.Type, label.Annotations, input.Schema[_options.ImageColumnName].Type is VectorDataViewType);
        return new OtdRoutingTransformer(_options, scorer, columns, candidates, new FittingTimes(modelTime, scoringTime, Stopwatch.GetElapsedTime(started)), _log);
    }
}
