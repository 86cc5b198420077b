using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Sends every image to its route and scores it there. Rows are read a window ahead and batched by resolution; they leave in their order.
/// </summary>
/// <remarks>Safe for concurrent use by many cursors and prediction engines. Owns ONNX Runtime sessions: dispose it when done.</remarks>
public sealed class OtdRoutingTransformer : ITransformer, IDisposable
{
    private readonly OtdResolutionRouter.Options _options;
    private readonly RoutedScorer _scorer;
    private readonly RoutedColumns _columns;
    private readonly FittedRouter _fitted;
    private readonly RouterContext _log;
    private readonly RowFailures _failures;
    private bool _disposed;

    internal OtdRoutingTransformer(
        OtdResolutionRouter.Options options,
        RoutedScorer scorer,
        RoutedColumns columns,
        FittedRouter fitted,
        QualityPromise? promise,
        FittingTimes? fittingTimes,
        RouterContext log)
    {
        _options = options;
        _scorer = scorer;
        _columns = columns;
        _fitted = fitted;
        Promise = promise;
        FittingTimes = fittingTimes;
        _log = log;
        _failures = new RowFailures(options.OnRowFailure, log.Warning);
        scorer.Share(
            options.Enforcement == BudgetEnforcement.Controlled ? ControllerFit.Of(Current()) : null,
            options.DriftAlarmRate > 0 ? DriftFit.Of(Current(), fitted.Positions, fitted.SamplePrior, options.DriftAlarmRate, Tell) : null);
        if (scorer.Monitor is { IsWatching: false })
        {
            log.Warning("There is no drift to watch for: this router sends fixed shares of the images to single resolutions and predicts nothing of them.");
        }
    }

    /// <summary>
    /// Raised when rows are not like those of the fit any more; only where <see cref="OtdResolutionRouter.Options.DriftAlarmRate"/> is above zero, and at most once
    /// for each <see cref="DriftStatistic"/>. Comes on a thread that scores, before the rows of its window are given out. To watch anew, make another
    /// router, by <see cref="WithDriftAlarms"/> for instance; listeners do not go over to it.
    /// </summary>
    public event EventHandler<DriftEventArgs>? DriftDetected;

    /// <summary>The routes, in ascending order of cost.</summary>
    public IReadOnlyList<Route> Routes => _scorer.Routes;

    /// <summary>The corners that the router is made of: one, or two that share the images.</summary>
    public IReadOnlyList<RouterPart> Parts => Current().Describe(_scorer.ScorerSet.Names);

    /// <summary>Share of images that each route has in the fitted transport plan.</summary>
    public IReadOnlyList<double> PlannedShares => _scorer.Policy.Shares;

    /// <summary>Price of each route, in units of the loss: an image goes where price minus predicted loss is largest.</summary>
    public IReadOnlyList<float> RoutePrices => _scorer.Policy.Prices;

    /// <summary>Mean cost of an image that the router is held to, in <see cref="CostUnit"/>.</summary>
    public double Budget => _scorer.Policy.Budget;

    /// <summary>
    /// What was promised of this router, and the tests that support it; null where nothing was (<see cref="OtdResolutionRouter.Options.Quality"/>), and for routers
    /// made of it for another budget or with another way to keep to it, which were not tested.
    /// </summary>
    public QualityPromise? Promise { get; }

    /// <summary>
    /// How the router does on the images it was fitted on, each answered and routed by parts that have not seen it (cross-fitting), every image with
    /// the same weight: an estimate for new images that costs none. A router that was loaded knows 10,000 of them at most.
    /// </summary>
    public OtdRoutingMetrics HeldOutMetrics => RouterComparison.OnHeldOutRows(_scorer.Task.QualityName, Current(), _fitted, Promise);

    /// <summary>Unit of the costs of routes, of the budget and of the cost column.</summary>
    public CostUnit CostUnit => _scorer.ScorerSet.CostUnit;

    /// <summary>How cursors keep to the budget.</summary>
    public BudgetEnforcement Enforcement => _options.Enforcement;

    /// <summary>The chance, at most, that this router ever raises a drift alarm without reason; 0 where it does not watch.</summary>
    public double DriftAlarmRate => _options.DriftAlarmRate;

    /// <summary>What keeps the budget of all cursors and prediction engines of this router; null unless it is <see cref="BudgetEnforcement.Controlled"/>.</summary>
    public BudgetController? Controller => _scorer.Controller;

    /// <summary>What becomes of rows whose image cannot be read or on which a model fails.</summary>
    public RowFailureAction OnRowFailure => _options.OnRowFailure;

    /// <summary>Rows without an answer so far, over all cursors and prediction engines of this transformer.</summary>
    public long FailedRows => _failures.Failed;

    /// <summary>Rows so far that another route has answered because a resolution of their own has failed on them.</summary>
    public long RowsFallenBack => _failures.FallenBack;

    /// <summary>How long the fit took that this router comes from; null for a router that was loaded.</summary>
    public FittingTimes? FittingTimes { get; }

    /// <summary>Whether rows can be mapped one by one; true.</summary>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RoutedSchema(inputSchema, _columns).Output;
    }

    /// <summary>A lazy view with the router's columns behind the input's. Nothing is scored before a cursor asks for it.</summary>
    /// <param name="input">Data with the image column.</param>
    /// <exception cref="ArgumentException">The image column is missing or of the wrong type.</exception>
    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Transform(input, _failures);
    }

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RoutedRowMapper(new RoutedSchema(inputSchema, _columns), _scorer, _columns, _failures);
    }

    /// <summary>
    /// A gate, at which images of any number of callers meet and are routed in batches: for services, and for programs without an <see cref="IDataView"/>.
    /// </summary>
    /// <param name="options">Batches and room; null for the defaults.</param>
    /// <returns>
    /// A gate that shares the sessions of this router; dispose both, in any order. It keeps to the budget, watches for drift and deals with images that fail as
    /// this router does, and knows nothing of routers made of it later: for another budget make another gate.
    /// </returns>
    /// <exception cref="ArgumentOutOfRangeException">A batch of images of the largest resolution would not fit into one array.</exception>
    /// <exception cref="ObjectDisposedException">The router was disposed.</exception>
    public RoutingGate CreateGate(GateOptions? options = null) => new(_scorer, _options.Enforcement, _failures, options?.Clone() ?? new GateOptions());

    /// <summary>
    /// A router for another budget, without scoring or fitting again: new prices are set on the held-out predictions that the fit has kept.
    /// </summary>
    /// <param name="budget">Mean cost of an image.</param>
    /// <returns>A transformer that shares the sessions of this one; dispose both.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The budget is outside what the routes can cost.</exception>
    public OtdRoutingTransformer WithBudget(ComputeBudget budget)
    {
        ArgumentNullException.ThrowIfNull(budget);
        var best = Retarget(budget);
        var scorer = _scorer.With(best.Candidates.Select(c => c.Model).ToList(), best.Policy);
        var options = _options.Freeze();
        options.Quality = null;
        return new OtdRoutingTransformer(options, scorer, _columns.For(scorer), _fitted, null, FittingTimes, _log);
    }

    /// <summary>The same router with another way to keep to its budget.</summary>
    /// <param name="enforcement">How cursors keep to the budget.</param>
    /// <returns>A transformer that shares the sessions of this one; dispose both.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way.</exception>
    public OtdRoutingTransformer WithEnforcement(BudgetEnforcement enforcement) => With(options => options.Enforcement = enforcement);

    /// <summary>The same router with another way to deal with rows that fail.</summary>
    /// <param name="action">What becomes of rows whose image cannot be read or on which a model fails.</param>
    /// <returns>A transformer that shares the sessions of this one; dispose both.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such way.</exception>
    public OtdRoutingTransformer WithRowFailure(RowFailureAction action) => With(options => options.OnRowFailure = action);

    /// <summary>The same router with drift alarms that have seen no rows yet.</summary>
    /// <param name="rate">Chance that an alarm is ever raised without reason, at most: at least 0 and below 1; 0 for no alarms.</param>
    /// <returns>A transformer that shares the sessions of this one; dispose both.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rate is out of range.</exception>
    public OtdRoutingTransformer WithDriftAlarms(double rate) => With(options => options.DriftAlarmRate = rate);

    /// <summary>Scores labelled data once at every resolution and compares the router, at its own or other budgets, with its baselines.</summary>
    /// <param name="input">The data.</param>
    /// <param name="budgets">Budgets; null for the router's own.</param>
    /// <param name="gallery">Data in which the rows are searched for; null for themselves.</param>
    internal IReadOnlyList<OtdRoutingComparison> Compare(IDataView input, IReadOnlyList<ComputeBudget>? budgets, IDataView? gallery = null)
    {
        if (gallery is not null && !_scorer.Task.Searches)
        {
            throw new ArgumentException($"There is a gallery, but the task '{_scorer.Task.Task.Name}' searches none.", nameof(gallery));
        }

        var failures = new RowFailures(_options.OnRowFailure, _log.Warning);
        var reader = new ObservationReader(
            _scorer.ScorerSet, _scorer.Task, _options.ImageColumnName, _options.Fitting, _scorer.ScorerSet.WindowRows(_options.PromisesWindows), failures, _log.Info, _options.CancellationToken);
        var observations = reader.Read(input);
        observations.Gallery = gallery is null ? null : reader.Read(gallery);
        var rows = new ComparedRows(_fitted, _scorer.Task, observations);
        if (failures.Failed > 0)
        {
            _log.Warning($"{failures.Failed} rows failed and were left out of the comparison.");
        }

        var comparison = new RouterComparison(_options.Prior, _options.Enforcement, _scorer.ScorerSet.WindowRows(_options.PromisesWindows), _options.Fitting.Seed ?? 0);
        return budgets is null
            ? [comparison.Compute(Current(), rows, Promise)]
            : budgets.Select(budget => comparison.Compute(Retarget(budget), rows, Resolve(budget) == Promise?.Budget ? Promise : null)).ToList();
    }

    /// <summary>Times the router beside its resolutions.</summary>
    internal OtdRoutingBenchmark Benchmark(IDataView input, IProgress<(int Done, int Total)>? progress, CancellationToken cancellationToken)
    {
        // What is timed is no stream: it must neither move the price nor raise an alarm.
        using var timed = WithDriftAlarms(0);
        return RouterBenchmark.Run(
            view => timed.Transform(view, new RowFailures(RowFailureAction.Fail, _log.Warning)),
            timed._scorer, _columns.Names, input, progress, cancellationToken);
    }

    /// <summary>Frees the ONNX Runtime sessions, unless another router made of this one still uses them.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _scorer.Dispose();
        }
    }

    private RoutedDataView Transform(IDataView input, RowFailures failures) => new(
        input, new RoutedSchema(input.Schema, _columns), _scorer, _columns, _scorer.ScorerSet.WindowRows(_options.PromisesWindows), _options.Enforcement, failures);

    private OtdRoutingTransformer With(Action<OtdResolutionRouter.Options> change)
    {
        var options = _options.Freeze();
        change(options);
        // What was tested is routing image by image.
        options.Quality = options.Enforcement == BudgetEnforcement.Calibrated ? options.Quality : null;
        options.Validate();
        var scorer = _scorer.With(_scorer.Models, _scorer.Policy);
        return new OtdRoutingTransformer(
            options, scorer, _columns.For(scorer), _fitted, options.Quality is null ? null : Promise, FittingTimes, _log);
    }

    private RouterMix Retarget(ComputeBudget budget) => _fitted.At(Resolve(budget), _options.Prior, _options.CancellationToken);

    private double Resolve(ComputeBudget budget) => budget.Resolve(_scorer.ScorerSet.Costs[^1], _fitted.Whole.Routes, CostUnit);

    private void Tell(DriftEventArgs alarm)
    {
        _log.Warning(alarm.ToString());
        DriftDetected?.Invoke(this, alarm);
    }

    private RouterMix Current() => _fitted.Mix(_scorer.Models, _scorer.Policy);

    /// <summary>
    /// Writes the router as one ONNX graph for one image: policy, prices and all scorers, of which only the chosen ones run.
    /// </summary>
    /// <remarks>
    /// Outputs are named as the columns: those of the task that are no keys (for classification the scores: float [1, classes], in the order of the
    /// label's keys), the route (int64 [1], counted from 0), the route scores (float [1, routes]) and the cost (float [1]).
    /// </remarks>
    /// <param name="stream">Where the model goes.</param>
    /// <param name="format">Form of the image that the graph takes; the input is named <c>image</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such format.</exception>
    /// <exception cref="NotSupportedException">
    /// The models cannot stand in one graph, for example because their operator sets differ; or the task has no form in ONNX.
    /// </exception>
    /// <exception cref="FileNotFoundException">A model file is gone.</exception>
    public void ExportToOnnx(Stream stream, ExportedImageFormat format = ExportedImageFormat.PlanarFloat)
    {
        ArgumentNullException.ThrowIfNull(stream);
        NamedValue.Require(format, nameof(format));
        var names = _columns.Names;
        var outputs = new RoutedGraphOutputs(names.RouteScores, names.Cost, names.Route, null, null);
        var (graph, _) = RoutedGraph.Build(_scorer, "image", format, outputs);
        RouterMetadata.Describe(graph, _scorer);
        graph.WriteTo(stream);
    }

    /// <summary>
    /// Saves the router as a chain of ML.NET's own transformers around the exported graph, which loads in any process that has ML.NET's ONNX
    /// package. Called by <c>mlContext.Model.Save</c>.
    /// </summary>
    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ArgumentNullException.ThrowIfNull(ctx);
        SavedChain.Create(_scorer, _columns.Names, _columns.Images, graph =>
        {
            RouterMetadata.Describe(graph, _scorer);
            RouterMetadata.Attach(graph, RouterWriter.Write(graph.Graph, SavedOptions.Write(_options), _scorer, _columns.Images, _fitted, Promise));
        }).Save(ctx);
    }

    /// <summary>Makes the transformer of what was saved.</summary>
    /// <param name="saved">The router and its graph.</param>
    /// <param name="scoring">How to run the models; null for how they were run.</param>
    /// <param name="log">Takes messages.</param>
    /// <exception cref="InvalidDataException">A part is damaged; the message says which.</exception>
    internal static OtdRoutingTransformer Load(SavedGraph saved, ScoringOptions? scoring, RouterContext log)
    {
        const string Options = "the router's options";
        OtdResolutionRouter.Options options = null!;
        var loaded = RouterReader.Read(saved, (resolutions, unit, text) =>
        {
            options = SavedOptions.Read<OtdResolutionRouter.Options>(text);
            foreach (var resolution in resolutions)
            {
                options.Resolutions.Add(resolution);
            }

            Damage.Read(Options, () =>
            {
                options.ValidateBesideTask();
                options.Scoring.RequireWindow(3 * resolutions.Max(r => r.Height) * resolutions.Max(r => r.Width));
                return options;
            });
            options.Scoring = scoring?.Clone() ?? options.Scoring;
            return new ScorerSet(resolutions, options.ImageFit, options.Scoring, log.Warning, unit, options.Decoding);
        });
        try
        {
            options.Task = loaded.Scorer.Task.Task;
            return Damage.Read(Options, () =>
            {
                options.Validate();
                options.Prior.RequireRoutes(loaded.Fitted.Whole.Routes);
                return new OtdRoutingTransformer(
                    options, loaded.Scorer, new RoutedColumns(options.ColumnNames, loaded.Scorer, loaded.Images), loaded.Fitted, loaded.PromiseOf(options.Quality), null, log);
            });
        }
        catch
        {
            loaded.Scorer.Dispose();
            throw;
        }
    }
}
