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

    /// <summary>Outcomes of the routes of a router.</summary>
    public RouteOutcomes Outcomes(RouterMix router) => router.Join(Outcomes);

    /// <summary>The routes that a cursor over these rows takes.</summary>
    /// <param name="router">The router at a budget.</param>
    /// <param name="enforcement">How it keeps to the budget.</param>
    /// <param name="windowSize">Rows that are read ahead.</param>
    /// <param name="monitor">Watches the rows; null for none.</param>
    public int[] Choose(RouterMix router, BudgetEnforcement enforcement, int windowSize, DriftMonitor? monitor = null)
    {
        var policy = router.Policy;
        var features = router.Candidates.Select(Features).ToArray();
        var positions = Array.ConvertAll(Rows.Positions.ToArray(), p => (int)p);
        var (scores, parts, chosen) = (new float[windowSize * policy.Routes.Count], new int[windowSize], new int[Rows.Rows]);
        var assigner = RouteAssigner.Create(
            enforcement, policy, enforcement == BudgetEnforcement.Controlled ? ControllerFit.Of(router) : null, monitor);
        for (var start = 0; start < chosen.Length; start += windowSize)
        {
            var count = Math.Min(windowSize, chosen.Length - start);
            assigner.AssignParts(positions.AsSpan(start, count), parts.AsSpan(0, count));
            for (var i = 0; i < count; i++)
            {
                var of = features[parts[i]];
                policy.Score(parts[i], of.Row(start + i), of.Fold(start + i), scores.AsSpan(i * policy.Routes.Count, policy.Routes.Count));
            }

            assigner.Assign(scores.AsSpan(0, count * policy.Routes.Count), parts.AsSpan(0, count), chosen.AsSpan(start, count));
        }

        return chosen;
    }
}
