using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Serving;

/// <summary>
/// A fitted router at work: scorers, answers of the routes and policy. Safe for concurrent use; each user asks for a window of its own.
/// </summary>
/// <param name="scorers">The resolutions.</param>
/// <param name="task">The task.</param>
/// <param name="models">Answers of the routes, one model a part of the policy.</param>
/// <param name="policy">The policy.</param>
internal sealed class RoutedScorer(ScorerSet scorers, BoundTask task, IReadOnlyList<TaskModel> models, PolicyMix policy) : IDisposable
{
    public ScorerSet ScorerSet => scorers;

    public IReadOnlyList<ResolutionScorer> Scorers => scorers.Scorers;

    public BoundTask Task => task;

    /// <summary>Answers of the routes, one model a part of the policy.</summary>
    public IReadOnlyList<TaskModel> Models => models;

    public IReadOnlyList<Route> Routes => policy.Routes;

    public PolicyMix Policy => policy;

    public int ImageHeight => scorers.ImageHeight;

    public int ImageWidth => scorers.ImageWidth;

    public int ImageLength => scorers.ImageLength;

    public ImageFit Fit => scorers.Fit;

    public ImageDecoder Decoder => scorers.Decoder;

    /// <summary>The resolutions that any route uses, in ascending order of cost.</summary>
    public IReadOnlyList<int> UsedResolutions { get; } = policy.Routes.SelectMany(r => r.Resolutions).Distinct().Order().ToList();

    /// <summary>The same scorers with other models and another policy. Both must be disposed.</summary>
    public RoutedScorer With(IReadOnlyList<TaskModel> otherModels, PolicyMix otherPolicy) => new(scorers.Share(), task, otherModels, otherPolicy);

    /// <summary>A window for one pass over the data.</summary>
    public RoutedWindow CreateWindow(int capacity, BudgetEnforcement enforcement, RowFailures failures, Func<int, string> describeRow) =>
        new(this, capacity, enforcement, failures, describeRow);

    public void Dispose() => scorers.Dispose();
}
