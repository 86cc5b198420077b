using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Serving;

/// <summary>
/// A fitted router at work: scorers, answers of the routes and policy. Safe for concurrent use; each user asks for a window of its own.
/// </summary>
internal sealed class RoutedScorer(ScorerSet scorers, BoundTask task, TaskModel model, RoutingPolicy policy) : IDisposable
{
    public ScorerSet ScorerSet => scorers;

    public IReadOnlyList<ResolutionScorer> Scorers => scorers.Scorers;

    public BoundTask Task => task;

    public TaskModel Model => model;

    public IReadOnlyList<Route> Routes => model.Routes;

    public RoutingPolicy Policy => policy;

    public int ImageHeight => scorers.ImageHeight;

    public int ImageWidth => scorers.ImageWidth;

    public int ImageLength => scorers.ImageLength;

    public ImageFit Fit => scorers.Fit;

    public ImageDecoder Decoder => scorers.Decoder;

    /// <summary>The resolutions that any route uses, in ascending order of cost.</summary>
    public IReadOnlyList<int> UsedResolutions { get; } = model.Routes.SelectMany(r => r.Resolutions).Distinct().Order().ToList();

    /// <summary>The same scorers with another model or policy. Both must be disposed.</summary>
    public RoutedScorer With(TaskModel otherModel, RoutingPolicy otherPolicy) => new(scorers.Share(), task, otherModel, otherPolicy);

    /// <summary>A window for one pass over the data.</summary>
    public RoutedWindow CreateWindow(int capacity, BudgetEnforcement enforcement) => new(this, capacity, enforcement);

    public void Dispose() => scorers.Dispose();
}
