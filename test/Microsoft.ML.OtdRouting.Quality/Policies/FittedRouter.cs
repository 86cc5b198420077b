using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>A router fitted to some rows of a family by the product's code, at any budget.</summary>
internal sealed class FittedRouter
{
    private readonly ScoredFamily _family;
    private readonly OtdResolutionRouter.Options _options;

    private FittedRouter(ScoredFamily family, OtdResolutionRouter.Options options, OutputTable table)
    {
        _family = family;
        _options = options;
        var budget = Math.Max(0.5 * family.LargestCost, family.Routes[0].Cost);
        Candidates = RouterCandidate.FitAll(table, family.Scorers, family.Features, family.Routes, budget, options, _ => { });
    }

    /// <summary>All that was fitted: the router over all resolutions, then those that leave out the cheapest.</summary>
    public IReadOnlyList<RouterCandidate> Candidates { get; }

    /// <summary>The fit over all resolutions.</summary>
    public RouterFit Whole => Candidates[0].Fit;

    /// <summary>Fits with default options, or others.</summary>
    public static FittedRouter To(ScoredFamily family, OutputTable table, OtdResolutionRouter.Options? options = null) =>
        new(family, options ?? new OtdResolutionRouter.Options(), table);

    /// <summary>The router at a budget, as <see cref="OtdRoutingTransformer.WithBudget"/> makes it.</summary>
    /// <param name="fraction">Budget as a fraction of the largest resolution's cost.</param>
    public (RouterCandidate Candidate, RoutingPolicy Policy) At(double fraction) => RouterCandidate.Best(
        Candidates, ComputeBudget.FractionOfLargest(fraction).Resolve(_family.LargestCost, Whole.Routes), _options);

    /// <summary>Other rows, for comparisons.</summary>
    public ComparedRows Rows(OutputTable test) => new(Candidates[0], test, _options);

    /// <summary>The routes that the router chooses at a budget, and what its routes do.</summary>
    public (Choices Choices, RouteOutcomes Outcomes, PriceCalibration Calibration) Choose(ComparedRows rows, double fraction)
    {
        var (candidate, policy) = At(fraction);
        var features = candidate.Restrict(rows.Table).ToFeatureTable(policy.FeatureCalibration);
        return (Choices.Of(policy, features, candidate.Fit.Routes), Outcomes(candidate, rows), policy.Calibration);
    }

    /// <summary>What the routes of a candidate do.</summary>
    public RouteOutcomes Outcomes(RouterCandidate candidate, ComparedRows rows)
    {
        var table = candidate.Restrict(rows.Table);
        var values = new LogProbabilityTable(table, candidate.Scorers.OutputKinds, candidate.Fit.Ensemble.InverseTemperatures.ToArray());
        return RouteOutcomes.Compute(values, candidate.Fit.Routes, _ => candidate.Fit.Ensemble, _options.Loss);
    }

    /// <summary>Every route of every candidate for all rows.</summary>
    public IReadOnlyList<PolicyResult> StaticRoutes(ComparedRows rows) => Candidates.SelectMany(candidate =>
    {
        var outcomes = Outcomes(candidate, rows);
        return candidate.Fit.Routes.Select((r, k) => new PolicyResult(
            r.Name, Enumerable.Range(0, outcomes.Rows).Average(row => outcomes.IsCorrect(row, k) ? 1.0 : 0), r.Cost));
    }).ToList();

    /// <summary>The router beside the product's baselines.</summary>
    public OtdRoutingComparison Compare(ComparedRows rows, double fraction)
    {
        var (candidate, policy) = At(fraction);
        return RouterComparison.Compute(candidate, policy, rows);
    }
}
