using System.Runtime.ExceptionServices;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

/// <summary>A router fitted to the resolutions from one on: that one looks at every image, cheaper ones are left out.</summary>
/// <param name="First">How many resolutions are left out.</param>
/// <param name="Scorers">The scorers that are left.</param>
/// <param name="Fit">What was fitted.</param>
internal sealed record RouterCandidate(int First, ScorerSet Scorers, RouterFit Fit)
{
    /// <summary>
    /// Fits a router to all resolutions and, where the options allow it, one to each smaller set of the dearest ones. A cheap resolution that
    /// scores every image takes its cost from every budget; when the budget is ample, it is better spent on what sees more.
    /// </summary>
    /// <param name="table">Outputs of all resolutions on the fitting rows.</param>
    /// <param name="scorers">All scorers.</param>
    /// <param name="features">The features that are in the table.</param>
    /// <param name="routes">The routes over all resolutions.</param>
    /// <param name="budget">Mean cost, in the unit of the route costs.</param>
    /// <param name="options">The router's options.</param>
    /// <param name="log">Is told why routes are left out.</param>
    public static IReadOnlyList<RouterCandidate> FitAll(
        OutputTable table,
        ScorerSet scorers,
        FeatureExtractor features,
        IReadOnlyList<Route> routes,
        double budget,
        OtdResolutionRouter.Options options,
        Action<string> log)
    {
        var prunes = options.PruneRoutes && options.Prior.AllowsPruning && options.Objective == RoutingObjective.Loss;
        if (options.RouteChoice == RouteChoice.Sparse)
        {
            routes = SparseRoutes.Choose(table, scorers, routes, features.NeedsLowestResolution, options);
            log($"Routes by sparse transport: {string.Join(", ", routes.Select(r => r.Name))}.");
        }

        var fit = RouterFit.Fit(table, scorers, features, routes, budget, options);
        var candidates = new List<RouterCandidate> { new(0, scorers, prunes ? fit.Prune(budget, options, log) : fit) };
        if (!prunes || features is not LowestResolutionFeatures || !options.Loss.NeedsLabel)
        {
            return candidates;
        }

        for (var first = 1; first < scorers.Scorers.Count - 1; first++)
        {
            var rest = scorers.From(first);
            var described = new LowestResolutionFeatures(rest.Scorers[0], withEmbedding: false);
            var choices = RouteEnumeration.Enumerate(rest.Names, rest.Costs, cheapestAlwaysRuns: true, options.MaxRouteSize ?? int.MaxValue);
            var feasible = Math.Clamp(budget, choices[0].Cost, choices[^1].Cost);
            var restricted = table.From(first, rest, described);
            choices = options.RouteChoice == RouteChoice.Sparse ? SparseRoutes.Choose(restricted, rest, choices, cheapestAlwaysRuns: true, options) : choices;
            var other = RouterFit.Fit(restricted, rest, described, choices, feasible, options);
            candidates.Add(new RouterCandidate(first, rest, other.Prune(feasible, options, _ => { })));
        }

        return candidates;
    }

    /// <summary>The candidate that errs least at a budget, by its held-out predictions on the fitting rows, and its policy.</summary>
    public static (RouterCandidate Candidate, RoutingPolicy Policy) Best(
        IReadOnlyList<RouterCandidate> candidates, double budget, OtdResolutionRouter.Options options)
    {
        // Where a candidate cannot spend the budget, it has no use for it; the first one always can.
        var able = candidates.Where(c => c.First == 0 || (c.Fit.Routes[0].Cost <= budget && budget <= c.Fit.Routes[^1].Cost)).ToList();
        var policies = new RoutingPolicy[able.Count];
        try
        {
            Parallel.For(0, able.Count, i => policies[i] = able[i].At(budget, options));
        }
        catch (AggregateException e)
        {
            // What one of them throws is what callers are told of.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        var best = able.Count == 1 ? 0 : Enumerable.Range(0, able.Count).MinBy(i => able[i].HeldOutError(policies[i]));
        return (able[best], policies[best]);
    }

    /// <summary>The outputs that this candidate is about, from those of all resolutions.</summary>
    public OutputTable Restrict(OutputTable table) =>
        First == 0 ? table : table.From(First, Scorers, (LowestResolutionFeatures)Fit.Policy.Features);

    private RoutingPolicy At(double budget, OtdResolutionRouter.Options options) => Fit.Policy.WithCalibration(PriceFit.Solve(
        Fit.Record.HeldOut, Fit.Outcomes.Rows, Fit.Routes, options.Prior, budget, Fit.Record.SamplePrior, options.CancellationToken));

    /// <summary>Mean probability of an error, by the labels: one minus the probability that the chosen route gives to the true class.</summary>
    private double HeldOutError(RoutingPolicy policy)
    {
        var error = 0.0;
        var prices = policy.Calibration.Prices;
        for (var row = 0; row < Fit.Outcomes.Rows; row++)
        {
            var predicted = Fit.Record.HeldOut.AsSpan(row * prices.Length, prices.Length);
            var chosen = 0;
            for (var k = 1; k < prices.Length; k++)
            {
                chosen = prices[k] - predicted[k] > prices[chosen] - predicted[chosen] ? k : chosen;
            }

            error += (Fit.Record.SamplePrior?[row] ?? (1.0 / Fit.Outcomes.Rows)) * (1 - Fit.Outcomes.TrueProbability(row, chosen));
        }

        return error;
    }
}
