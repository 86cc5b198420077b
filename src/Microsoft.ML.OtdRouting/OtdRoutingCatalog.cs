using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;
using Microsoft.ML.OtdRouting;

namespace Microsoft.ML;

/// <summary>What can be done with routing in an <see cref="MLContext"/>: make an estimator, save, load, evaluate, compare.</summary>
public sealed class OtdRoutingCatalog
{
    private readonly MLContext _context;

    /// <summary>The tasks that saved routers can have.</summary>
    static OtdRoutingCatalog()
    {
        TaskKind.Register(ClassificationTask.Kind);
        TaskKind.Register(EmbeddingTask.Kind);
        TaskKind.Register(DetectionTask.Kind);
    }

    internal OtdRoutingCatalog(MLContext context) => _context = context;

    /// <summary>The context, for what other packages add to the catalog.</summary>
    internal MLContext Context => _context;

    /// <summary>
    /// Sends every image to the resolution, or the ensemble of resolutions, that is good enough for it, under a compute budget. Progress and
    /// warnings go to <see cref="MLContext.Log"/>.
    /// </summary>
    /// <param name="options">Columns, resolutions, budget.</param>
    /// <exception cref="ArgumentException">An option is missing or out of range.</exception>
    public OtdResolutionRouter Route(OtdResolutionRouter.Options options) => new(options, new RouterContext(_context));

    /// <summary>
    /// Fits many routers to data that is scored once, and takes the one that loses least on held-out rows, with the cost of having looked at many accounted for: sets of
    /// the resolutions, first looks, sizes of routes, losses and folds, at the budget or the promise of the options.
    /// </summary>
    /// <remarks>
    /// With a promise (<see cref="OtdResolutionRouter.Options.Quality"/>) the trials are compared on the rows to fit on alone, at the budget that these suggest; the one that is taken
    /// is then tested on the rows that were kept back, so the promise holds as if nothing else had been tried.
    /// </remarks>
    /// <param name="options">Columns, resolutions, budget or promise; the first trial.</param>
    /// <param name="data">Fitting data, as <see cref="OtdResolutionRouter.Fit(IDataView)"/> takes it. Read once.</param>
    /// <param name="trials">Most routers to fit, from 1 to 1000.</param>
    /// <returns>The trials, and the router that was taken; dispose it when done.</returns>
    /// <exception cref="ArgumentException">An option is missing or out of range, a column is missing or of the wrong type, or data and models disagree.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="InvalidOperationException">A row has no readable image or no truth, or there are too few rows.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingSearch Search(OtdResolutionRouter.Options options, IDataView data, int trials = 50)
    {
        const int Most = 1000;
        return trials is >= 1 and <= Most
            ? Route(options).Search(data, trials)
            : throw new ArgumentOutOfRangeException(nameof(trials), trials, $"The number of trials is {trials}; it must be from 1 to {Most}.");
    }

    /// <summary>
    /// Scores data once at every resolution, for any number of routers to be fitted to it: for searches that are not <see cref="Search"/>, such as AutoML's.
    /// The router of the given options is fitted, and is what the others are compared with.
    /// </summary>
    /// <param name="options">Columns, resolutions, budget or promise; the first trial.</param>
    /// <param name="data">Fitting data, as <see cref="OtdResolutionRouter.Fit(IDataView)"/> takes it. Read once.</param>
    /// <returns>What routers are fitted to; owns ONNX Runtime sessions, dispose it when done.</returns>
    /// <exception cref="ArgumentException">An option is missing or out of range, a column is missing or of the wrong type, or data and models disagree.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="InvalidOperationException">A row has no readable image or no truth, or there are too few rows.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingTrials CreateTrials(OtdResolutionRouter.Options options, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return Route(options).CreateTrials(data);
    }

    /// <summary>Opens a model at a resolution, as a router would, and describes it.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="scoring">How to run the model; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="NotSupportedException">The FLOPs of the model cannot be counted.</exception>
    public ResolutionDescription Describe(Resolution resolution, ScoringOptions? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(resolution);
        return ResolutionProfiler.Describe(resolution, scoring ?? new ScoringOptions(), new RouterContext(_context).Warning);
    }

    /// <summary>
    /// Throws where a router between models could be fitted, but not be saved or exported, because they cannot stand in one ONNX graph: better known
    /// before a fit than after it.
    /// </summary>
    /// <param name="resolutions">The resolutions.</param>
    /// <exception cref="FileNotFoundException">A file is missing.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="NotSupportedException">The models cannot stand in one graph; the message says why.</exception>
    public void RequireOneGraph(IReadOnlyList<Resolution> resolutions)
    {
        ArgumentNullException.ThrowIfNull(resolutions);
        ResolutionProfiler.RequireOneGraph(resolutions, new ScoringOptions(), new RouterContext(_context).Warning);
    }

    /// <summary>
    /// Scores a few rows at every resolution and says how good each is on them, after the checks that a fit makes: whether preprocessing, outputs and
    /// truth fit together is better known before a long fit than after it.
    /// </summary>
    /// <param name="options">The router that is to be fitted; budget and prior are not used.</param>
    /// <param name="data">Rows as a fit takes them, at least four. All are scored: take few.</param>
    /// <returns>One trial a resolution, in ascending order of cost.</returns>
    /// <exception cref="ArgumentException">An option or a column is missing or wrong, or data and models disagree.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="InvalidOperationException">A row has no readable image or no truth, or there are too few rows.</exception>
    public IReadOnlyList<ResolutionTrial> Try(OtdResolutionRouter.Options options, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(data);
        options.Validate();
        var (log, token) = (new RouterContext(_context), options.CancellationToken);
        using var scorers = new ScorerSet([.. options.Resolutions], options.ImageFit, options.Scoring, log.Warning, decoding: options.Decoding, cancellationToken: token);
        return ResolutionTrials.Run(scorers, options.Task, data, options.ImageColumnName, scorers.WindowRows(options.PromisesWindows), log.Warning, token);
    }

    /// <summary>Throws where <see cref="Save"/> could not write to a path: better known before a fit than after it.</summary>
    /// <param name="path">The file, or a link to it. An old file stays as it is, and no new one is left.</param>
    /// <exception cref="IOException">
    /// The folder does not exist or must not be written to, or there is something that must not be written or is no regular file.
    /// </exception>
    public void RequireWritable(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        WholeFile.Probe(path);
    }

    /// <summary>Counts and measures what an image costs at every resolution.</summary>
    /// <param name="resolutions">The resolutions; images are resized from the largest of them.</param>
    /// <param name="images">Images to measure with, of which 256 are read; null for noise.</param>
    /// <param name="imageColumnName">Column with the images.</param>
    /// <param name="scoring">Threads, device, and the largest batch to try; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the measurement.</param>
    /// <returns>One profile a resolution, in the order given; each is measured when it is asked for.</returns>
    /// <exception cref="ArgumentException">There are no resolutions, or the image column is missing.</exception>
    /// <exception cref="InvalidDataException">A model cannot be read or does not fit its resolution.</exception>
    /// <exception cref="NotSupportedException">The FLOPs of a model cannot be counted.</exception>
    public IEnumerable<ResolutionProfile> Profile(
        IReadOnlyList<Resolution> resolutions,
        IDataView? images = null,
        string imageColumnName = "Image",
        ScoringOptions? scoring = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(resolutions);
        if (resolutions.Count == 0)
        {
            throw new ArgumentException("There are no resolutions to measure.", nameof(resolutions));
        }

        return ResolutionProfiler.Profile(
            resolutions, images, imageColumnName, scoring ?? new ScoringOptions(), new RouterContext(_context).Warning, cancellationToken);
    }

    /// <summary>
    /// Saves a model as <c>mlContext.Model.Save</c> does, but whole or not at all: the file appears under its name when everything is on the disk,
    /// and an old file stays as it is if saving fails. A symbolic link stays and its target is written; a file that is replaced keeps its mode, and on
    /// Linux its owner where the system lets it be given away.
    /// </summary>
    /// <remarks>
    /// The file loads in any process with ML.NET and its ONNX package, without this one, by <c>mlContext.Model.Load</c>. There every image is
    /// scored by itself and <c>PredictedLabel</c>, <c>Route</c> and <c>Cost</c> are vectors of length one. <see cref="Load(string, out DataViewSchema,
    /// ScoringOptions?)"/> gives back the full router.
    /// </remarks>
    /// <param name="model">A router, or a chain with any number of them.</param>
    /// <param name="inputSchema">Schema of the model's input; null for none.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="NotSupportedException">A router cannot be written as one ONNX graph.</exception>
    /// <exception cref="IOException">The file cannot be written, or is a device, a pipe or a folder; <see cref="RequireWritable"/> tells before.</exception>
    public void Save(ITransformer model, DataViewSchema? inputSchema, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        WholeFile.Write(path, stream => _context.Model.Save(model, inputSchema, stream));
    }

    /// <summary>
    /// Loads a saved model with its routers as they were: batches, budgets, enforcement, comparison. The models' files are not needed any more.
    /// </summary>
    /// <param name="path">A file of <see cref="Save"/> or of <c>mlContext.Model.Save</c>.</param>
    /// <param name="inputSchema">Schema of the model's input; null where none was saved.</param>
    /// <param name="scoring">How to run the scorers on this machine; null for how they were run.</param>
    /// <returns>The model's steps; <c>OfType&lt;OtdRoutingTransformer&gt;()</c> finds a router. Owns ONNX Runtime sessions: dispose it when done.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A window of <paramref name="scoring"/> is too large for the images.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is no model of ML.NET, holds no router, or one of another version, or is damaged; the message names the file and the part.
    /// </exception>
    public TransformerChain<ITransformer> Load(string path, out DataViewSchema inputSchema, ScoringOptions? scoring = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (File.Exists(path) && RegularFile.IsEmptyOrSpecial(path))
        {
            throw new InvalidDataException($"'{path}' is empty, or no regular file; expected a saved model of ML.NET.");
        }

        using var stream = File.OpenRead(path);
        return Load(stream, path, out inputSchema, scoring);
    }

    /// <inheritdoc cref="Load(string, out DataViewSchema, ScoringOptions?)"/>
    /// <param name="stream">A saved model; must be seekable.</param>
    /// <param name="inputSchema">Schema of the model's input; null where none was saved.</param>
    /// <param name="scoring">How to run the scorers on this machine; null for how they were run.</param>
    public TransformerChain<ITransformer> Load(Stream stream, out DataViewSchema inputSchema, ScoringOptions? scoring = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return Load(stream, "the stream", out inputSchema, scoring);
    }

    /// <summary>Measures a router from the columns it made: the measures of its task, cost against the budget, use of the routes.</summary>
    /// <param name="data">Scored data; without truth the task's measures are NaN.</param>
    /// <param name="task">The router's task, which names its columns; null for a <see cref="ClassificationTask"/> with columns of the usual names.</param>
    /// <param name="routeColumnName">Column with the routes.</param>
    /// <exception cref="ArgumentException">A column is missing, or the route column does not come from a router.</exception>
    /// <exception cref="InvalidOperationException">The data is empty.</exception>
    public OtdRoutingMetrics Evaluate(IDataView data, RoutingTask? task = null, string routeColumnName = "Route")
    {
        ArgumentNullException.ThrowIfNull(data);
        return ScoredDataEvaluator.Evaluate(data, task ?? new ClassificationTask(), routeColumnName);
    }

    /// <summary>
    /// Compares a router with every resolution alone, the largest one calibrated, the best static mix, cascades and the transport oracle, on the same rows.
    /// Scores every row at every resolution.
    /// </summary>
    /// <param name="model">A fitted router, or a chain that holds exactly one.</param>
    /// <param name="data">Data with what the task needs to measure, as the model takes it.</param>
    /// <param name="gallery">
    /// For a task that searches (<see cref="EmbeddingTask"/>), data of the same form in which the rows are searched for; null for the rows themselves, none of
    /// which finds itself. Is scored too.
    /// </param>
    /// <exception cref="ArgumentException">The model does not hold exactly one router, or a column is missing, or there is a gallery and the task does not search.</exception>
    public OtdRoutingComparison Compare(ITransformer model, IDataView data, IDataView? gallery = null) => Compare(model, data, null, gallery)[0];

    /// <summary>The quality–cost curve of a router: <see cref="Compare(ITransformer, IDataView, IDataView?)"/> at several budgets, from one pass over the data.</summary>
    /// <param name="model">A fitted router, or a chain that holds exactly one.</param>
    /// <param name="data">Data with what the task needs to measure, as the model takes it.</param>
    /// <param name="budgets">Budgets; one comparison is returned for each.</param>
    /// <param name="gallery">As in <see cref="Compare(ITransformer, IDataView, IDataView?)"/>.</param>
    /// <exception cref="ArgumentException">The model does not hold exactly one router, or a column is missing, or there is a gallery and the task does not search.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A budget is outside what the routes can cost.</exception>
    public IReadOnlyList<OtdRoutingComparison> Sweep(ITransformer model, IDataView data, IReadOnlyList<ComputeBudget> budgets, IDataView? gallery = null)
    {
        ArgumentNullException.ThrowIfNull(budgets);
        return Compare(model, data, budgets, gallery);
    }

    /// <summary>
    /// Measures retrieval by the embeddings that stand in data, whatever made them: recall at 1, 5 and 10, and mean average precision, by the labels of the
    /// task. The search is exact, a product of all queries with all images: made to measure, not to serve.
    /// </summary>
    /// <param name="queries">Data with embeddings and labels. Rows whose embedding is missing (NaN) are left out.</param>
    /// <param name="gallery">Data of the same form to search: embedded at the largest resolution (asymmetric search), or as the queries are (symmetric).</param>
    /// <param name="task">Names the columns.</param>
    /// <returns>The measures, recall at 1 first; NaN without queries or without images to search.</returns>
    /// <exception cref="ArgumentException">The task has no labels, or a column is missing or of the wrong type, or embeddings differ in length.</exception>
    /// <exception cref="InvalidOperationException">A row has no label.</exception>
    public IReadOnlyList<TaskMeasure> EvaluateRetrieval(IDataView queries, IDataView gallery, EmbeddingTask task)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(gallery);
        ArgumentNullException.ThrowIfNull(task);
        task.Validate();
        return task.LabelColumnName is null
            ? throw new ArgumentException($"{nameof(EmbeddingTask.LabelColumnName)} is null: retrieval is measured by labels.", nameof(task))
            : ScoredRetrieval.Measure(task, queries, gallery);
    }

    /// <summary>Times a router beside every resolution alone, in turns on the same images, on this machine.</summary>
    /// <param name="model">A fitted router, or a chain that holds exactly one.</param>
    /// <param name="data">Images, as the model takes them, best in random order; up to 4096 are held in memory.</param>
    /// <param name="progress">Is told how many windows of images are done, of how many.</param>
    /// <param name="cancellationToken">Stops the benchmark.</param>
    /// <exception cref="ArgumentException">The model does not hold exactly one router, or the image column is missing.</exception>
    /// <exception cref="InvalidOperationException">There are no images, or one cannot be read.</exception>
    public OtdRoutingBenchmark Benchmark(
        ITransformer model, IDataView data, IProgress<(int Done, int Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        var (router, input) = RouterOf(model, data);
        return router.Benchmark(input, progress, cancellationToken);
    }

    private TransformerChain<ITransformer> Load(Stream stream, string source, out DataViewSchema inputSchema, ScoringOptions? scoring)
    {
        try
        {
            return SavedModel.Load(_context, stream, graph => OtdRoutingTransformer.Load(graph, scoring, new RouterContext(_context)), out inputSchema);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{source}' cannot be loaded: {e.Message}", e);
        }
    }

    private static IReadOnlyList<OtdRoutingComparison> Compare(ITransformer model, IDataView data, IReadOnlyList<ComputeBudget>? budgets, IDataView? gallery)
    {
        var (router, input) = RouterOf(model, data);
        return router.Compare(input, budgets, gallery is null ? null : RouterOf(model, gallery).Input);
    }

    /// <summary>The only router of a model, and its input: the data behind the steps ahead of it.</summary>
    private static (OtdRoutingTransformer Router, IDataView Input) RouterOf(ITransformer model, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var steps = model is IEnumerable<ITransformer> chain ? Flatten(chain).ToList() : [model];
        var routers = steps.OfType<OtdRoutingTransformer>().ToList();
        if (routers.Count != 1)
        {
            throw new ArgumentException($"The model must hold exactly one router; found {routers.Count}.", nameof(model));
        }

        return (routers[0], steps.TakeWhile(s => s is not OtdRoutingTransformer).Aggregate(data, (view, step) => step.Transform(view)));
    }

    private static IEnumerable<ITransformer> Flatten(IEnumerable<ITransformer> chain) =>
        chain.SelectMany(step => step is IEnumerable<ITransformer> inner ? Flatten(inner) : [step]);
}
