using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

/// <summary>All that is fitted once the images are scored: ensembles, losses of the routes, their predictor, the prices.</summary>
/// <param name="Ensemble">Predictions of the routes, fitted to all rows.</param>
/// <param name="Policy">Chooses the route of an image.</param>
/// <param name="Record">What other budgets and the baselines need of the fitting rows.</param>
/// <param name="Routes">The routes to choose from.</param>
/// <param name="Outcomes">What the routes do on the fitting rows, each row predicted by ensembles that have not seen it.</param>
internal sealed record RouterFit(Ensemble Ensemble, RoutingPolicy Policy, FittingRecord Record, RouteOutcomes Outcomes, IReadOnlyList<Route> Routes)
{
    /// <summary>Fits to the outputs of all resolutions on the fitting rows.</summary>
    /// <param name="table">The outputs, with features, folds, labels and weights.</param>
    /// <param name="scorers">The scorers that made them.</param>
    /// <param name="features">The features that are in the table.</param>
    /// <param name="routes">The routes to choose from.</param>
    /// <param name="budget">Mean cost, in the unit of the route costs.</param>
    /// <param name="options">Loss, prior and the token that stops the fit.</param>
    public static RouterFit Fit(
        OutputTable table,
        ScorerSet scorers,
        FeatureExtractor features,
        IReadOnlyList<Route> routes,
        double budget,
        OtdResolutionRouter.Options options)
    {
        var token = options.CancellationToken;
        var ensembles = EnsembleFit.Fit(table, routes, scorers.OutputKinds, options.Loss.NeedsLabel, token);
        var values = new LogProbabilityTable(table, scorers.OutputKinds, ensembles.Deployed.InverseTemperatures.ToArray());
        var outcomes = RouteOutcomes.Compute(values, routes, row => ensembles.ByFold[table.Fold(row)], options.Loss);
        token.ThrowIfCancellationRequested();
        var featureCalibration = features.CalibrateTo(ensembles);
        var featureTable = table.ToFeatureTable(featureCalibration);
        var samplePrior = featureTable.SamplePrior();
        var crossFit = options.Objective == RoutingObjective.Plan
            ? FitPlan(featureTable, outcomes, routes, budget, samplePrior, options)
            : HiddenLayerCrossFit.Correct(
                RidgeCrossFit.Fit(featureTable, outcomes.Losses, routes.Count, token),
                featureTable, outcomes.Losses, RoutingObjective.Loss, options.Predictor.Hidden, token);
        var calibration = PriceFit.Solve(crossFit.HeldOut, table.Rows, routes, options.Prior, budget, samplePrior, token);
        var policy = new RoutingPolicy(features, featureCalibration, crossFit.Predictors, calibration);
        var singles = RouteOutcomes.OfSingleResolutions(values, scorers, options.Loss);
        var penalty = PenaltySample.Of(featureTable, outcomes, routes, options.Seed ?? 0);
        return new RouterFit(ensembles.Deployed, policy, new FittingRecord(singles, crossFit.HeldOut, samplePrior, penalty), outcomes, routes);
    }

    /// <summary>Fits to the transport plan, then in turn the plan to what was predicted and the predictor to the new plan.</summary>
    private static CrossFit FitPlan(
        FeatureTable features,
        RouteOutcomes outcomes,
        IReadOnlyList<Route> routes,
        double budget,
        double[]? samplePrior,
        OtdResolutionRouter.Options options)
    {
        CrossFit? crossFit = null;
        for (var round = 0; round <= options.AlternationRounds; round++)
        {
            var plan = PlanTargets.Solve(
                outcomes.Losses, crossFit?.HeldOut, routes, options.Prior, budget, samplePrior, options.PlanEpsilon, options.CancellationToken);
            var linear = PlanCrossFit.Fit(features, plan.Rows, routes.Count, options.CancellationToken);
            crossFit = plan.ToLosses(HiddenLayerCrossFit.Correct(
                linear, features, plan.Rows, RoutingObjective.Plan, options.Predictor.Hidden, options.CancellationToken));
        }

        return crossFit!;
    }

    /// <summary>The router without the routes that it does better without; itself where there are none.</summary>
    /// <param name="budget">Mean cost, in the unit of the route costs.</param>
    /// <param name="options">Prior and the token that stops the fit.</param>
    /// <param name="log">Is told why routes are left out.</param>
    public RouterFit Prune(double budget, OtdResolutionRouter.Options options, Action<string> log)
    {
        var (kept, reasons) = RoutePruning.Decide(Record.HeldOut, Outcomes.Losses, Record.SamplePrior, Routes);
        if (kept.Count == Routes.Count)
        {
            return this;
        }

        foreach (var reason in reasons)
        {
            log(reason);
        }

        var heldOut = new float[Outcomes.Rows * kept.Count];
        for (var i = 0; i < heldOut.Length; i++)
        {
            heldOut[i] = Record.HeldOut[(i / kept.Count * Routes.Count) + kept[i % kept.Count]];
        }

        var routes = kept.Select(k => Routes[k]).ToList();
        var calibration = PriceFit.Solve(heldOut, Outcomes.Rows, routes, options.Prior, budget, Record.SamplePrior, options.CancellationToken);
        return new RouterFit(
            Ensemble.Select(kept), Policy.Select(kept, calibration), Record with { HeldOut = heldOut, Penalty = Record.Penalty?.Select(kept) }, Outcomes.Select(kept), routes);
    }
}
