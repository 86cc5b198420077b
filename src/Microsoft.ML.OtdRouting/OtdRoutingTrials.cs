using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Images that every resolution has scored once, to which any number of routers can be fitted, each in a fraction of a second to seconds: for searches of one's own,
/// as <see cref="OtdRoutingCatalog.Search"/> is the library's. Made by <see cref="OtdRoutingCatalog.CreateTrials"/>.
/// </summary>
/// <remarks>
/// All routers are judged at one budget on the fitting rows, each answered and routed by parts that have not seen it. With a promise
/// (<see cref="OtdResolutionRouter.Options.Quality"/>) that is the budget that the rows to fit on suggest; the rows kept back are seen by <see cref="Choose"/> alone.
/// Not safe for concurrent use.
/// </remarks>
public sealed class OtdRoutingTrials : IDisposable
{
    private readonly ScorerSet _scorers;
    private readonly RouterSearch _search;
    private readonly FittingOptions _fitting;
    private readonly IReadOnlyDictionary<string, BoundTask> _tasks;
    private readonly RouterVariant _given;
    private readonly Func<RouterVariant, FittedRouter, OtdRoutingTransformer> _create;
    private readonly Func<RouterVariant, OtdRoutingTransformer> _finish;
    private readonly CancellationToken _cancellationToken;
    private bool _disposed;

    /// <param name="scorers">The resolutions, which the trials own.</param>
    /// <param name="search">The given options, fitted and judged.</param>
    /// <param name="given">The given way to fit.</param>
    /// <param name="options">The given options.</param>
    /// <param name="rows">Fitting rows.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="create">Makes a transformer at the search's budget.</param>
    /// <param name="finish">Fits anew and makes a transformer at the budget or the promise of the options.</param>
    internal OtdRoutingTrials(
        ScorerSet scorers,
        RouterSearch search,
        RouterVariant given,
        OtdResolutionRouter.Options options,
        int rows,
        Action<string> warn,
        Func<RouterVariant, FittedRouter, OtdRoutingTransformer> create,
        Func<RouterVariant, OtdRoutingTransformer> finish)
    {
        (_scorers, _search, _given, _fitting, _create, _finish) = (scorers, search, given, options.Fitting, create, finish);
        _cancellationToken = options.CancellationToken;
        _tasks = given.Task.OtherLosses.Prepend(given.Task).ToDictionary(t => t.LossName);
        Warn = warn;
        Rows = rows;
        CanChangeRoutes = options.Prior.AllowsPruning;
    }

    /// <summary>Names of the resolutions, in ascending order of cost.</summary>
    public IReadOnlyList<string> Resolutions => _scorers.Names;

    /// <summary>The losses that can be tried, the given one first.</summary>
    public IReadOnlyList<string> Losses => [_given.Task.LossName, .. _tasks.Keys.Where(l => l != _given.Task.LossName)];

    /// <summary>Number of fitting rows.</summary>
    public int Rows { get; }

    /// <summary>Mean cost of a row at which all are judged, in <see cref="CostUnit"/>.</summary>
    public double Budget => _search.Budget;

    /// <summary>Unit of the costs.</summary>
    public CostUnit CostUnit => _scorers.CostUnit;

    /// <summary>The way to fit of the given options, which is the first trial.</summary>
    public RouterSettings Given => new(
        _given.Resolutions.Select(r => Resolutions[r]).ToArray(), _given.Task.LossName, _given.MaxRouteSize, _given.FoldCount, _given.PruneRoutes);

    /// <summary>
    /// Whether resolutions, sizes of routes and pruning can be others than the given ones: not where <see cref="OtdResolutionRouter.Options.Prior"/> speaks of routes one by one.
    /// </summary>
    public bool CanChangeRoutes { get; }

    /// <summary>Whether the number of folds can be another than the given one: not where the outputs of many classes were aligned by it.</summary>
    public bool CanChangeFolds => _given.Task.Folds is null;

    /// <summary>All trials so far, the first of the given options, and every other way once.</summary>
    public IReadOnlyList<RouterTrial> Trials => _search.Trials;

    /// <summary>Takes warnings, for the log.</summary>
    internal Action<string> Warn { get; }

    /// <summary>Whether such a router can be tried.</summary>
    /// <param name="settings">The way to fit it.</param>
    /// <returns>What is wrong; null where it can be tried.</returns>
    public string? Problem(RouterSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var unknown = settings.Resolutions.FirstOrDefault(r => !Resolutions.Contains(r));
        return unknown is not null ? $"there is no resolution '{unknown}'; there are {string.Join(", ", Resolutions)}"
            : !settings.Resolutions.Contains(Resolutions[^1]) ? $"the most expensive resolution, '{Resolutions[^1]}', must be among those of a router"
            : settings.Resolutions.Distinct().Count() is var count && count < settings.Resolutions.Count ? "a resolution is named twice"
            : count < 2 ? "routing needs two resolutions to choose from"
            : !_tasks.ContainsKey(settings.Loss) ? $"there is no loss '{settings.Loss}'; there are {string.Join(", ", Losses)}"
            : settings.MaxRouteSize < 1 ? $"{nameof(settings.MaxRouteSize)} is {settings.MaxRouteSize}; it must be at least 1"
            : settings.FoldCount is < 2 or > 20 ? $"{nameof(settings.FoldCount)} is {settings.FoldCount}; it must be from 2 to 20"
            : ObservationReader.LeastRows(settings.FoldCount) > Rows ? $"{Rows} rows are too few for {settings.FoldCount} folds"
            : !CanChangeFolds && settings.FoldCount != _given.FoldCount ? $"the outputs were aligned in {_given.FoldCount} folds, which cannot become {settings.FoldCount}"
            : !CanChangeRoutes && !Variant(settings).HasRoutesOf(_given) ? "the prior speaks of the routes that there are, so resolutions, sizes of routes and pruning must stay as they are"
            : null;
    }

    /// <summary>Fits a router and judges it.</summary>
    /// <param name="settings">How to fit it.</param>
    /// <param name="cancellationToken">Stops the fit, beside the token of the options.</param>
    /// <returns>The trial, of which a transformer can be made. A router whose cheapest route costs more than the budget is not feasible, which is no error.</returns>
    /// <exception cref="ArgumentException">There is no such way to fit; the message says what is wrong.</exception>
    /// <exception cref="ObjectDisposedException">The trials were disposed.</exception>
    /// <exception cref="OperationCanceledException">The fit was cancelled.</exception>
    public TriedRouter Try(RouterSettings settings, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (Problem(settings) is { } problem)
        {
            throw new ArgumentException($"The router ({settings}) cannot be tried: {problem}.", nameof(settings));
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(_cancellationToken, cancellationToken);
        var variant = Variant(settings);
        var (trial, fitted) = _search.Try(variant, either.Token);
        return new TriedRouter(trial, () =>
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _create(variant, fitted);
        });
    }

    /// <summary>
    /// Takes the best of the trials where its held-out rows speak for it in an exact sign test at 5 % that all trials share, and the given options where those of none do; the
    /// router is fitted and, with a promise, tested on the rows that were kept back.
    /// </summary>
    /// <returns>The router and all trials so far; dispose the router when done, it shares the sessions of the trials.</returns>
    /// <exception cref="InvalidOperationException">The rows kept back do not support the promise; the message says how many would do.</exception>
    /// <exception cref="ObjectDisposedException">The trials were disposed.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public OtdRoutingSearch Choose()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (variant, index) = _search.Choose();
        return new OtdRoutingSearch(_finish(variant), _search.Trials, index);
    }

    /// <summary>Frees the ONNX Runtime sessions, unless a router still uses them.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _scorers.Dispose();
        }
    }

    /// <summary>Tries what the library's own search does, and takes a router.</summary>
    /// <param name="count">Most trials.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="log">Is told of every trial.</param>
    internal OtdRoutingSearch Run(int count, RoutingPrior prior, Action<string> log)
    {
        var variants = RouterVariant.List(_given.Task, _fitting, prior, Resolutions.Count, Rows, count);
        _search.Run(variants.Skip(1).ToList(), log, _cancellationToken);
        return Choose();
    }

    private RouterVariant Variant(RouterSettings settings)
    {
        var resolutions = settings.Resolutions.Select(name => Resolutions.ToList().IndexOf(name)).Order().ToArray();
        // A limit that the set does not reach is none.
        var size = settings.MaxRouteSize >= resolutions.Length && settings.MaxRouteSize != _given.MaxRouteSize ? null : settings.MaxRouteSize;
        return new RouterVariant(_tasks[settings.Loss], resolutions, size, settings.FoldCount, settings.PruneRoutes);
    }
}
