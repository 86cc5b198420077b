using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Rows on which routers are compared with baselines, and what the baselines need of them. Baselines may use all resolutions.</summary>
internal sealed class ComparedRows
{
    private readonly Dictionary<RouterCandidate, RouteOutcomes> _outcomes = [];
    private readonly Dictionary<RouterCandidate, FeatureTable> _features = [];
    private readonly Lazy<StagedCascade> _cascade;

    /// <param name="fitted">What was fitted.</param>
    /// <param name="task">The task.</param>
    /// <param name="rows">The rows.</param>
    public ComparedRows(FittedRouter fitted, BoundTask task, Observations rows)
    {
        Fitted = fitted;
        Task = task;
        Rows = rows;
        Plain = fitted.Plain.Model.Outcomes(rows);
        Alone = fitted.Alone.Model.Outcomes(rows);
        _cascade = new Lazy<StagedCascade>(() => StagedCascade.OfRoutes(this));
    }

    public FittedRouter Fitted { get; }

    public BoundTask Task { get; }

    public Observations Rows { get; }

    /// <summary>Outcomes of the single resolutions as they are.</summary>
    public RouteOutcomes Plain { get; }

    /// <summary>Outcomes of the single resolutions with calibrated answers.</summary>
    public RouteOutcomes Alone { get; }

    /// <summary>The cascade with calibrated answers and a threshold a stage, tuned on the fitting rows.</summary>
    public StagedCascade Cascade => _cascade.Value;

    /// <summary>Outcomes of the routes of a candidate.</summary>
    public RouteOutcomes Outcomes(RouterCandidate candidate) =>
        _outcomes.TryGetValue(candidate, out var known) ? known : _outcomes[candidate] = candidate.Model.Outcomes(Rows);

    /// <summary>Features of the rows, as a candidate describes them.</summary>
    public FeatureTable Features(RouterCandidate candidate) =>
        _features.TryGetValue(candidate, out var known) ? known : _features[candidate] = RouterCandidate.Describe(candidate.Model, Rows);

    /// <summary>The routes that a cursor over these rows takes.</summary>
    /// <param name="candidate">The candidate.</param>
    /// <param name="policy">Its policy at a budget.</param>
    /// <param name="enforcement">How it keeps to the budget.</param>
    /// <param name="windowSize">Rows that are read ahead.</param>
    public int[] Choose(RouterCandidate candidate, RoutingPolicy policy, BudgetEnforcement enforcement, int windowSize)
    {
        var features = Features(candidate);
        var scores = new RouteTable(features.Rows, candidate.Routes.Count);
        for (var row = 0; row < scores.Rows; row++)
        {
            policy.Score(features.Row(row), features.Fold(row), scores.Row(row));
        }

        var chosen = new int[scores.Rows];
        var assigner = RouteAssigner.Create(enforcement, policy.Calibration, candidate.Routes);
        for (var start = 0; start < chosen.Length; start += windowSize)
        {
            var count = Math.Min(windowSize, chosen.Length - start);
            assigner.Assign(scores.Values.AsSpan(start * scores.Routes, count * scores.Routes), chosen.AsSpan(start, count));
        }

        return chosen;
    }
}
