using System.Runtime.ExceptionServices;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>
/// All that a fit finds out, for any budget: prices are set afterwards, by <see cref="At(double, RoutingPrior, CancellationToken)"/>. The first candidate's first look is the cheapest
/// resolution that routes may hold; others leave cheap resolutions out, since one that scores every image takes its cost from every budget, which is better spent on
/// what sees more when it is ample.
/// </summary>
/// <param name="Candidates">Routers by their first looks.</param>
/// <param name="Alone">Single resolutions with calibrated answers, and what they do on the fitting rows, held out.</param>
/// <param name="Plain">Single resolutions as they are, and what they do on the fitting rows.</param>
/// <param name="SamplePrior">Weights of the fitting rows, summing to one; null for equal ones.</param>
/// <param name="Positions">Positions of the fitting rows in their folds.</param>
/// <param name="Sample">Features of some of the fitting rows, for baselines that are trained; null where there is no truth to train on.</param>
internal sealed record FittedRouter(
    IReadOnlyList<RouterCandidate> Candidates,
    (TaskModel Model, RouteOutcomes Outcomes) Alone,
    (TaskModel Model, RouteOutcomes Outcomes) Plain,
    double[]? SamplePrior,
    IReadOnlyList<ushort> Positions,
    FeatureSample? Sample)
{
    /// <summary>Standard errors by which a mix must be better than the best candidate.</summary>
    private const double LeastGain = 0.5;

    private PolicyFrontier? _frontier;
    private PolicyFrontier? _alone;

    /// <summary>The candidate with all resolutions.</summary>
    public RouterCandidate Whole => Candidates[0];

    /// <summary>Fitting rows that are known.</summary>
    public int Rows => Whole.Outcomes.Rows;

    /// <summary>Fits all candidates.</summary>
    /// <param name="observations">The fitting rows.</param>
    /// <param name="task">The task.</param>
    /// <param name="names">Names of the resolutions, in ascending order of cost.</param>
    /// <param name="costs">Their costs.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="options">How to fit.</param>
    /// <param name="log">Is told why routes are left out.</param>
    /// <param name="cancellationToken">Stops the fit.</param>
    /// <param name="among">The resolutions that routes may hold, in ascending order; null for all.</param>
    public static FittedRouter Fit(
        Observations observations,
        BoundTask task,
        IReadOnlyList<string> names,
        IReadOnlyList<double> costs,
        RoutingPrior prior,
        FittingOptions options,
        Action<string> log,
        CancellationToken cancellationToken,
        IReadOnlyList<int>? among = null)
    {
        var samplePrior = observations.SamplePrior();
        var prunes = options.PruneRoutes && prior.AllowsPruning;
        var candidates = new List<RouterCandidate>();
        among ??= Enumerable.Range(0, costs.Count).ToArray();
        foreach (var firstLook in prunes ? among : among.Take(1))
        {
            var routes = RouteEnumeration.Enumerate(names, costs, firstLook, options.MaxRouteSize ?? int.MaxValue, among);
            var candidate = RouterCandidate.Fit(observations, task, firstLook, routes, cancellationToken);
            candidates.Add(prunes ? candidate.Prune(samplePrior, candidates.Count == 0 ? log : _ => { }) : candidate);
        }

        var singles = RouteEnumeration.Singles(names, costs);
        var plain = task.AsTheyAre(observations, singles);
        return new FittedRouter(
            candidates,
            task.Fit(observations, 0, singles, cancellationToken),
            (plain, plain.Outcomes(observations)),
            samplePrior,
            observations.Positions.ToArray(),
            FeatureSample.Of(RouterCandidate.Describe(candidates[0].Model, observations), candidates[0].Outcomes));
    }

    /// <summary>The router that loses least at a budget, by its held-out predictions on the fitting rows.</summary>
    /// <remarks>
    /// It is the best candidate, unless the mix of two corners around the budget is better beyond a part of its standard error: of many mixes that are
    /// no better, one seems to be. Where resolutions for whole shares of the images, without any look, lose no more, they are taken.
    /// </remarks>
    /// <param name="budget">Mean cost, in the unit of the route costs.</param>
    /// <param name="prior">What is prescribed about the shares of the routes.</param>
    /// <param name="cancellationToken">Stops the solver.</param>
    public RouterMix At(double budget, RoutingPrior prior, CancellationToken cancellationToken)
    {
        var best = Best(budget, prior, cancellationToken);
        if (Candidates.Count == 1)
        {
            return best;
        }

        var mix = At(_frontier ??= PolicyFrontier.Of(Candidates, SamplePrior, cancellationToken), budget, prior, cancellationToken);
        var (gain, error) = Gain(best, mix);
        best = gain > LeastGain * error ? mix : best;
        var simplest = At(_alone ??= PolicyFrontier.OfAlone(Candidates, SamplePrior), budget, prior, cancellationToken);
        return Gain(simplest, best).Mean > 0 ? best : simplest;
    }

    /// <summary>The router of these models.</summary>
    /// <param name="models">Models of candidates, or of their first looks alone; one a part of the policy.</param>
    /// <param name="policy">The policy.</param>
    public RouterMix Mix(IReadOnlyList<TaskModel> models, PolicyMix policy) =>
        new(models.Select(m => Candidates.FirstOrDefault(c => c.Model == m) ?? Candidates.First(c => c.Alone.Model == m).Alone).ToList(), policy);

    /// <summary>The best of the candidates at a budget.</summary>
    private RouterMix Best(double budget, RoutingPrior prior, CancellationToken cancellationToken)
    {
        // Where a candidate cannot spend the budget, it has no use for it; the first one always can.
        var able = Candidates.Where(c => c == Whole || (c.Routes[0].Cost <= budget && budget <= c.Routes[^1].Cost)).ToList();
        var routers = new RouterMix[able.Count];
        try
        {
            Parallel.For(0, able.Count, i => routers[i] = At(able[i], budget, budget, prior, cancellationToken));
        }
        catch (AggregateException e)
        {
            // What one of them throws is what callers are told of.
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }

        return able.Count == 1 ? routers[0] : routers.MinBy(r => r.Candidates[0].MeasuredLoss(r.Policy.Parts[0].Policy.Calibration, SamplePrior))!;
    }

    /// <summary>The mix of the corners around a budget, or the one candidate that both are of.</summary>
    private RouterMix At(PolicyFrontier frontier, double budget, RoutingPrior prior, CancellationToken cancellationToken)
    {
        var (below, above) = frontier.Around(budget);
        if (below.Candidate == above.Candidate)
        {
            return At(Candidates[below.Candidate], below == above ? Math.Min(below.Cost, budget) : budget, budget, prior, cancellationToken);
        }

        var share = (above.Cost - budget) / (above.Cost - below.Cost);
        var parts = new[] { below, above }.Select(c => At(Candidates[c.Candidate], c.Cost, c.Cost, prior, cancellationToken)).ToList();
        return new RouterMix(
            parts.Select(p => p.Candidates[0]).ToList(),
            new PolicyMix(parts.Zip([share, 1 - share], (p, s) => p.Policy.Parts[0] with { Share = s }).ToList(), budget));
    }

    /// <summary>A candidate at a mean cost; where that is the cost of its first look, the first look alone.</summary>
    private RouterMix At(RouterCandidate candidate, double cost, double budget, RoutingPrior prior, CancellationToken cancellationToken)
    {
        if (Candidates.Count == 1 || (cost > candidate.Routes[0].Cost * (1 + 1e-9) && candidate.Routes.Count > 1))
        {
            var prices = PriceFit.Solve(candidate.HeldOut, candidate.Routes, prior, Math.Min(cost, candidate.Routes[^1].Cost), SamplePrior, cancellationToken);
            // Where shares are prescribed, their cost takes the place of the budget.
            var asked = cost == budget ? prices.Budget : budget;
            return new RouterMix([candidate], new PolicyMix([new PolicyPart(new RoutingPolicy(candidate.Predictors, prices), candidate.Routes, 1)], asked));
        }

        var alone = candidate.Alone;
        var policy = new RoutingPolicy(alone.Predictors, PriceFit.OfOne(alone.Routes[0], Rows, SamplePrior));
        return new RouterMix([alone], new PolicyMix([new PolicyPart(policy, alone.Routes, 1)], budget));
    }

    /// <summary>Mean by which rows lose less with another router, and its standard error.</summary>
    private (double Mean, double Error) Gain(RouterMix from, RouterMix to)
    {
        var (before, after) = (from.HeldOutLosses(), to.HeldOutLosses());
        double Mean(Func<int, double> of) =>
            SamplePrior is null ? Enumerable.Range(0, before.Length).Average(of) : SamplePrior.Select((weight, row) => weight * of(row)).Sum();
        var mean = Mean(row => before[row] - after[row]);
        return (mean, Math.Sqrt(Mean(row => Math.Pow(before[row] - after[row] - mean, 2)) / before.Length));
    }
}
