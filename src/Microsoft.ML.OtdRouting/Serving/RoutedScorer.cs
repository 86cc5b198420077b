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

    /// <summary>What the passes of a controlled router share; null for others.</summary>
    public BudgetController? Controller { get; private set; }

    /// <summary>What watches the rows of all passes; null for none.</summary>
    public DriftMonitor? Monitor { get; private set; }

    /// <summary>Gives all passes what they share; before the first.</summary>
    public void Share(BudgetController? controller, DriftMonitor? monitor) => (Controller, Monitor) = (controller, monitor);

    /// <summary>The same scorers with other models and another policy. Both must be disposed.</summary>
    public RoutedScorer With(IReadOnlyList<TaskModel> otherModels, PolicyMix otherPolicy) => new(scorers.Share(), task, otherModels, otherPolicy);

    /// <summary>A window for one pass over the data.</summary>
    public RoutedWindow CreateWindow(int capacity, BudgetEnforcement enforcement, RowFailures failures, Func<int, string> describeRow) =>
        new(this, capacity, enforcement, failures, describeRow);

    /// <summary>A window for one row at a time, which is decided alone; of a controlled router at the price that all passes share.</summary>
    public RoutedWindow CreateRow(RowFailures failures, Func<int, string> describeRow) =>
        CreateWindow(1, Controller is null ? BudgetEnforcement.Calibrated : BudgetEnforcement.Controlled, failures, describeRow);

    /// <summary>The assigner of a new pass.</summary>
    public RouteAssigner CreateAssigner(BudgetEnforcement enforcement) => RouteAssigner.Create(enforcement, policy, Controller, Monitor);

    public void Dispose() => scorers.Dispose();
}
