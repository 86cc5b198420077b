namespace Microsoft.ML.AutoML;

/// <summary>
/// Runs trials, one after the other, and keeps the best. The first failure before any success ends it; later ones are told to the monitor. Losses that are not finite count
/// for nothing.
/// </summary>
public class AutoMLExperiment
{
    private readonly AutoMLExperimentSettings _settings;
    private Func<IServiceProvider, ITrialRunner>? _runner;
    private Func<SearchSpace.SearchSpace, ITuner>? _tuner;
    private IMonitor? _monitor;
    private int _maxModels = int.MaxValue;

    public AutoMLExperiment(MLContext context, AutoMLExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(context);
        _settings = settings;
        _settings.SearchSpace ??= new SearchSpace.SearchSpace();
    }

    public AutoMLExperiment AddSearchSpace(string key, SearchSpace.SearchSpace searchSpace)
    {
        _settings.SearchSpace![key] = searchSpace;
        return this;
    }

    public AutoMLExperiment SetMaxModelToExplore(int maxModel)
    {
        _maxModels = maxModel;
        return this;
    }

    public AutoMLExperiment SetMonitor<TMonitor>(TMonitor monitor)
        where TMonitor : class, IMonitor
    {
        _monitor = monitor;
        return this;
    }

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(TTrialRunner runner)
        where TTrialRunner : class, ITrialRunner => SetTrialRunner(_ => runner);

    public AutoMLExperiment SetTrialRunner<TTrialRunner>(Func<IServiceProvider, TTrialRunner> factory)
        where TTrialRunner : class, ITrialRunner
    {
        _runner = factory;
        return this;
    }

    public AutoMLExperiment SetTuner<TTuner>(TTuner proposer)
        where TTuner : class, ITuner => SetTuner(_ => proposer);

    public TrialResult Run() => RunAsync().GetAwaiter().GetResult();

    public async Task<TrialResult> RunAsync(CancellationToken ct = default)
    {
        var runners = _runner ?? throw new InvalidOperationException("No trial runner is set.");
        var tuner = _tuner?.Invoke(_settings.SearchSpace!) ?? throw new InvalidOperationException("No tuner is set.");
        TrialResult? best = null;
        for (var trial = 0; trial < _maxModels && !ct.IsCancellationRequested; trial++)
        {
            var settings = new TrialSettings { TrialId = trial, StartedAtUtc = DateTime.UtcNow };
            settings.Parameter = tuner.Propose(settings);
            _monitor?.ReportRunningTrial(settings);
            try
            {
                using var runner = runners(NoServices.Instance);
                var result = await runner.RunAsync(settings, ct).ConfigureAwait(false);
                settings.EndedAtUtc = DateTime.UtcNow;
                _monitor?.ReportCompletedTrial(result);
                tuner.Update(result);
                if (result.Loss < (best?.Loss ?? double.MaxValue))
                {
                    best = result;
                    _monitor?.ReportBestTrial(result);
                }
            }
            catch (Exception) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                settings.EndedAtUtc = DateTime.UtcNow;
                _monitor?.ReportFailTrial(settings, e);
                tuner.Update(new TrialResult { TrialSettings = settings, Loss = double.MaxValue });
                if (best is null && e is not (OperationCanceledException or OutOfMemoryException))
                {
                    throw;
                }
            }
        }

        return best ?? throw new TimeoutException("No trial has succeeded.");
    }

    internal AutoMLExperiment SetTuner(Func<SearchSpace.SearchSpace, ITuner> tuner)
    {
        _tuner = tuner;
        return this;
    }

    /// <summary>Settings of an experiment.</summary>
    public class AutoMLExperimentSettings : ExperimentSettings
    {
        public int? Seed { get; set; }

        public SearchSpace.SearchSpace? SearchSpace { get; set; }
    }

    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
