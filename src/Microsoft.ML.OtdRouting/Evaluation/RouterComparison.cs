using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Compares a router with its baselines on rows whose outputs at every resolution are known.</summary>
internal static class RouterComparison
{
    /// <summary>Compares one of the fitted routers with the baselines.</summary>
    /// <param name="router">The router.</param>
    /// <param name="policy">Its policy at a budget.</param>
    /// <param name="rows">The rows.</param>
    public static OtdRoutingComparison Compute(RouterCandidate router, RoutingPolicy policy, ComparedRows rows)
    {
        var (routes, ensemble) = (router.Fit.Routes, router.Fit.Ensemble);
        var table = router.Restrict(rows.Table);
        var values = new LogProbabilityTable(table, router.Scorers.OutputKinds, ensemble.InverseTemperatures.ToArray());
        var outcomes = router.First == 0 ? rows.Outcomes : RouteOutcomes.Compute(values, routes, _ => ensemble, rows.Loss);
        var chosen = Choose(policy, table.ToFeatureTable(policy.FeatureCalibration), routes, rows.Options);
        var metrics = Measure(routes, policy, outcomes, chosen);
        var losses = new LossTable(outcomes.Losses, outcomes.Rows, outcomes.Routes);
        var routed = chosen.Select((k, row) => (double)outcomes.Losses[(row * outcomes.Routes) + k]).Average();
        var (oracle, oracleLoss) = Oracle(routes, policy.Budget, outcomes, losses, rows.Options.Prior);
        var sameShares = new ExactTransportSolver().Solve(TransportProblem.WithRoutePrior(losses, metrics.RouteShares.ToArray()));
        var costs = rows.All.Scorers.Costs;
        var names = rows.All.Scorers.Names;
        var resolutions = costs.Select((cost, r) => new PolicyResult(names[r], Accuracy(rows.Resolutions, _ => r), cost)).ToList();
        var fitting = rows.All.Fit.Record;
        var cascade = ConfidenceCascade.Tune(fitting.Resolutions, costs, metrics.MeanCost);
        var (cascadeAccuracy, cascadeCost) = cascade.AtCost(rows.Resolutions, metrics.MeanCost);
        (PolicyResult Result, double[] Shares)? penalty = fitting.Penalty is { } sample
            ? PenaltyBaseline.At(sample.Path, rows.Features, rows.Outcomes, rows.All.Fit.Routes, metrics.MeanCost)
            : null;
        return new OtdRoutingComparison(metrics)
        {
            Resolutions = resolutions,
            Routes = routes.Select((r, k) => new PolicyResult(r.Name, Accuracy(outcomes, _ => k), r.Resolutions.Sum(m => router.Scorers.Costs[m]))).ToList(),
            CostPenalty = penalty?.Result,
            CostPenaltyShares = penalty?.Shares,
            StaticMix = new PolicyResult("best static mix", StaticMix.BestAccuracy(resolutions, metrics.MeanCost), metrics.MeanCost),
            Cascade = new PolicyResult($"confidence cascade ({string.Join(" > ", cascade.Chain.Select(r => names[r]))})", cascadeAccuracy, cascadeCost),
            Oracle = oracle,
            Regret = routed - oracleLoss,
            MongeGap = routed - sameShares.Value,
        };
    }

    /// <summary>
    /// Measures a router on the rows it was fitted on, every row predicted and routed by ensembles and predictors that have not seen it.
    /// </summary>
    public static OtdRoutingMetrics OnHeldOutRows(RouterCandidate router, RoutingPolicy policy)
    {
        var (heldOut, prices) = (router.Fit.Record.HeldOut, policy.Calibration.Prices);
        var chosen = new int[router.Fit.Outcomes.Rows];
        for (var row = 0; row < chosen.Length; row++)
        {
            var predicted = heldOut.AsSpan(row * prices.Length, prices.Length);
            for (var k = 1; k < prices.Length; k++)
            {
                chosen[row] = prices[k] - predicted[k] > prices[chosen[row]] - predicted[chosen[row]] ? k : chosen[row];
            }
        }

        return Measure(router.Fit.Routes, policy, router.Fit.Outcomes, chosen);
    }

    /// <summary>The routes that a cursor over these rows takes.</summary>
    private static int[] Choose(RoutingPolicy policy, FeatureTable features, IReadOnlyList<Route> routes, OtdResolutionRouter.Options options)
    {
        var chosen = new int[features.Rows];
        var scores = new float[chosen.Length * routes.Count];
        for (var row = 0; row < chosen.Length; row++)
        {
            policy.Score(features.Row(row), features.Fold(row), scores.AsSpan(row * routes.Count, routes.Count));
        }

        var assigner = RouteAssigner.Create(options.Enforcement, policy.Calibration, routes);
        for (var start = 0; start < chosen.Length; start += options.Scoring.WindowSize)
        {
            var count = Math.Min(options.Scoring.WindowSize, chosen.Length - start);
            assigner.Assign(scores.AsSpan(start * routes.Count, count * routes.Count), chosen.AsSpan(start, count));
        }

        return chosen;
    }

    private static OtdRoutingMetrics Measure(IReadOnlyList<Route> routes, RoutingPolicy policy, RouteOutcomes outcomes, int[] chosen)
    {
        var counts = new long[routes.Count];
        var logLoss = 0.0;
        for (var row = 0; row < chosen.Length; row++)
        {
            counts[chosen[row]]++;
            logLoss += OtdRoutingMetrics.LogLossOf(outcomes.TrueProbability(row, chosen[row]));
        }

        return new OtdRoutingMetrics(
            Accuracy(outcomes, row => chosen[row]),
            logLoss / chosen.Length,
            routes.Select(r => r.Name).ToArray(),
            routes.Select(r => r.Cost).ToArray(),
            counts,
            policy.Shares.ToArray(),
            policy.Budget,
            policy.Calibration.Rows);
    }

    private static (PolicyResult Result, double Loss) Oracle(
        IReadOnlyList<Route> routes, double budget, RouteOutcomes outcomes, LossTable losses, RoutingPrior prior)
    {
        var unit = routes.Max(r => r.Cost);
        var costs = routes.Select(r => r.Cost / unit).ToArray();
        var solution = new ExactTransportSolver().Solve(prior.CreateProblem(losses, costs, budget / unit, null));
        var assignment = solution.Plan.Assignment!;
        var result = new PolicyResult("transport oracle", Accuracy(outcomes, row => assignment[row]), assignment.Average(k => routes[k].Cost));
        return (result, solution.Value);
    }

    /// <summary>Share of the rows that are right; NaN without labels.</summary>
    private static double Accuracy(RouteOutcomes outcomes, Func<int, int> route) => !outcomes.HasLabels
        ? double.NaN
        : (double)Enumerable.Range(0, outcomes.Rows).Count(row => outcomes.IsCorrect(row, route(row))) / outcomes.Rows;
}
