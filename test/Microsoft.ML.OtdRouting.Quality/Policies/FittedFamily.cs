using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>A router fitted to some rows of a family by the product's code, at any budget.</summary>
internal sealed class FittedFamily
{
    private const int WindowSize = 256;

    private readonly ScoredFamily _family;
    private readonly RoutingPrior _prior;
    private readonly BoundClassification _task;

    /// <summary>Fits with default options, or others.</summary>
    /// <param name="family">The family.</param>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task; null for the defaults.</param>
    /// <param name="prior">The route prior; null for the default.</param>
    /// <param name="fitting">How to fit; null for the defaults.</param>
    /// <param name="aligned">Whether resolutions are aligned with the largest one, where there are many classes.</param>
    public FittedFamily(
        ScoredFamily family,
        Observations observations,
        ClassificationTask? task = null,
        RoutingPrior? prior = null,
        FittingOptions? fitting = null,
        bool aligned = true)
    {
        _family = family;
        _prior = prior ?? RoutingPrior.BudgetOnly();
        _task = task is null ? family.Task : family.With(task);
        _task = aligned ? (BoundClassification)_task.Settle(observations, _ => { }, CancellationToken.None) : _task;
        Fitted = FittedRouter.Fit(
            observations, _task, family.Scorers.Names, family.Scorers.Costs, _prior, fitting ?? new FittingOptions(), _ => { }, CancellationToken.None);
    }

    /// <summary>All that was fitted.</summary>
    public FittedRouter Fitted { get; }

    /// <summary>The router at a budget, as <see cref="OtdRoutingTransformer.WithBudget"/> makes it.</summary>
    /// <param name="fraction">Budget as a fraction of the largest resolution's cost.</param>
    public RouterMix At(double fraction) => Fitted.At(
        ComputeBudget.FractionOfLargest(fraction).Resolve(_family.LargestCost, Fitted.Whole.Routes), _prior, CancellationToken.None);

    /// <summary>Other rows, for comparisons.</summary>
    public ComparedRows Rows(Observations test) => new(Fitted, _task, test);

    /// <summary>The routes that the router chooses row by row at a budget, and what its routes do.</summary>
    public (Choices Choices, RouteOutcomes Outcomes, PolicyMix Policy) Choose(ComparedRows rows, double fraction)
    {
        var router = At(fraction);
        return (new Choices(router.Policy.Routes, rows.Choose(router, BudgetEnforcement.Calibrated, WindowSize)), rows.Outcomes(router), router.Policy);
    }

    /// <summary>Every route of every candidate for all rows.</summary>
    public IReadOnlyList<PolicyResult> StaticRoutes(ComparedRows rows) => Fitted.Candidates.SelectMany(candidate =>
        candidate.Routes.Select((r, k) => new PolicyResult(r.Name, rows.Outcomes(candidate).Quality.Mean(k), r.Cost))).ToList();

    /// <summary>The router beside the product's baselines.</summary>
    public OtdRoutingComparison Compare(ComparedRows rows, double fraction) =>
        new RouterComparison(_prior, BudgetEnforcement.Calibrated, WindowSize, seed: 0).Compute(At(fraction), rows);
}
