using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Compares a router with its baselines on rows whose outputs at every resolution are known.</summary>
/// <param name="prior">What is prescribed about the shares of the routes.</param>
/// <param name="enforcement">How the router keeps to its budget.</param>
/// <param name="windowSize">Rows that its cursors read ahead.</param>
/// <param name="seed">Seed of the training of the baseline with a cost penalty.</param>
internal sealed class RouterComparison(RoutingPrior prior, BudgetEnforcement enforcement, int windowSize, int seed)
{
    /// <summary>Compares a router with the baselines.</summary>
    /// <param name="router">The router at a budget.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="promise">What was promised of it; null for nothing.</param>
    public OtdRoutingComparison Compute(RouterMix router, ComparedRows rows, QualityPromise? promise = null)
    {
        var (routes, outcomes, whole) = (router.Policy.Routes, rows.Outcomes(router), rows.Fitted.Whole);
        var chosen = rows.Choose(router, enforcement, windowSize);
        var metrics = Measure(rows.Task.QualityName, router.Policy, outcomes, chosen, promise);
        var losses = outcomes.Measured.ToLossTable();
        var routed = outcomes.Measured.Mean(chosen);
        var (oracle, oracleLoss) = Oracle(routes, router.Policy.Budget, outcomes);
        var sameShares = new ExactTransportSolver().Solve(TransportProblem.WithRoutePrior(losses, metrics.RouteShares.ToArray()));
        var singles = rows.Fitted.Plain.Model.Routes;
        var costs = singles.Select(r => r.Cost).ToArray();
        var quality = PolicyRows.QualityOf(outcomes.Quality, row => chosen[row]);
        var resolutions = singles.Select((r, k) => PolicyRows.Of(r.Name, rows.Plain.Quality, k, r.Cost)).ToList();
        var (cheap, dear, share) = StaticMix.Best(resolutions, r => r.MeanQuality, r => r.MeanCost, metrics.MeanCost);
        var largest = singles[^1];
        var cascade = ConfidenceCascade.Tune(rows.Fitted.Plain.Outcomes.WithQualityInEveryRow(), costs, metrics.MeanCost);
        var cascadeName = $"confidence cascade ({string.Join(" > ", cascade.Chain.Select(r => singles[r].Name))})";
        var penalty = rows.Fitted.Sample is { } sample
            ? PenaltyBaseline.At(
                PenaltyPath.Of(sample, whole.Routes.Select(r => r.Cost).ToArray(), seed), rows.Features(whole), rows.Outcomes(whole), whole.Routes, metrics.MeanCost)
            : null;
        return new OtdRoutingComparison(metrics)
        {
            RouteMeasures = routes.Select((_, k) => MeasuresOf(rows.Task.QualityName, outcomes, chosen, k)).ToList(),
            Found = outcomes.Found is { } found ? new FoundRows(found, chosen, rows.Rows) : null,
            Parts = router.Describe(singles.Select(r => r.Name).ToArray()),
            Resolutions = resolutions.Select(r => r.Against(quality)).ToList(),
            Routes = routes.Select((r, k) => PolicyRows.Of(r.Name, outcomes.Quality, k, r.Cost).Against(quality)).ToList(),
            LargestCalibrated = PolicyRows.Of($"{largest.Name}, calibrated", rows.Alone.Quality, singles.Count - 1, largest.Cost).Against(quality),
            CostPenalty = penalty?.Rows.Against(quality),
            CostPenaltyShares = penalty?.Shares,
            StaticMix = PolicyRows.Mix("best static mix", cheap, dear, share).Against(quality),
            Cascade = cascade.RowsAtCost(cascadeName, rows.Plain, metrics.MeanCost).Against(quality),
            CalibratedCascade = rows.Cascade.At("calibrated cascade", metrics.MeanCost).Against(quality),
            Oracle = oracle.Against(quality),
            Regret = routed - oracleLoss,
            MongeGap = routed - sameShares.Value,
        };
    }

    /// <summary>
    /// Measures a router on the rows it was fitted on, every row answered and routed by parts that have not seen it.
    /// </summary>
    public static OtdRoutingMetrics OnHeldOutRows(string qualityName, RouterMix router, FittedRouter fitted, QualityPromise? promise) =>
        Measure(qualityName, router.Policy, router.Join(c => c.Outcomes), router.ChooseHeldOut(fitted.Positions), promise);

    private static OtdRoutingMetrics Measure(string qualityName, PolicyMix policy, RouteOutcomes outcomes, int[] chosen, QualityPromise? promise)
    {
        var routes = policy.Routes;
        var counts = new long[routes.Count];
        Array.ForEach(chosen, k => counts[k]++);
        return new OtdRoutingMetrics(
            outcomes.MeasuresOf(qualityName, chosen),
            routes.Select(r => r.Name).ToArray(),
            routes.Select(r => r.Cost).ToArray(),
            counts,
            policy.Shares,
            policy.Budget,
            policy.Rows) { Promise = promise };
    }

    /// <summary>The measures of the rows that go to a route.</summary>
    private static IReadOnlyList<TaskMeasure> MeasuresOf(string qualityName, RouteOutcomes outcomes, int[] chosen, int route)
    {
        var own = Enumerable.Range(0, chosen.Length).Where(row => chosen[row] == route).ToArray();
        return outcomes.Take(own).MeasuresOf(qualityName, Array.ConvertAll(own, _ => route));
    }

    private (PolicyRows Rows, double Loss) Oracle(IReadOnlyList<Route> routes, double budget, RouteOutcomes outcomes)
    {
        var (costs, unit) = RouteTable.ScaleCosts(routes);
        var solution = new ExactTransportSolver().Solve(prior.CreateProblem(outcomes.Measured.ToLossTable(), costs, budget / unit, null));
        var assignment = solution.Plan.Assignment!.ToArray();
        var quality = PolicyRows.QualityOf(outcomes.Quality, row => assignment[row]);
        return (new PolicyRows("transport oracle", quality, assignment.Average(k => routes[k].Cost)), solution.Value);
    }
}
