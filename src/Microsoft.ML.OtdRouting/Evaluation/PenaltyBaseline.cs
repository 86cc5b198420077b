using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>The predictors of a <see cref="PenaltyPath"/> on other rows, at a mean cost of the caller's.</summary>
internal static class PenaltyBaseline
{
    private const string Name = "cost penalty (Gumbel-softmax)";

    /// <summary>The best random mix of two predictors of the path at a cost on these rows, or the one that is better alone at less.</summary>
    /// <returns>The mix, and the share of the rows that each route gets; null where every predictor costs more: such a policy cannot be had at that cost.</returns>
    public static (PolicyRows Rows, double[] Shares)? At(
        PenaltyPath path, FeatureTable features, RouteOutcomes outcomes, IReadOnlyList<Route> routes, double cost)
    {
        var steps = Enumerable.Range(0, path.Count).Select(step => Measure(path, step, features, outcomes, routes)).ToList();
        if (steps.TrueForAll(s => s.Rows.MeanCost > cost))
        {
            return null;
        }

        var (cheap, dear, share) = StaticMix.Best(steps, s => s.Quality, s => s.Rows.MeanCost, cost);
        return (PolicyRows.Mix(Name, cheap.Rows, dear.Rows, share), cheap.Shares.Zip(dear.Shares, (a, b) => a + (share * (b - a))).ToArray());
    }

    private static Outcome Measure(PenaltyPath path, int step, FeatureTable features, RouteOutcomes outcomes, IReadOnlyList<Route> routes)
    {
        var standardised = new float[features.Count];
        var scores = new float[routes.Count];
        var shares = new double[routes.Count];
        var quality = PolicyRows.QualityOf(outcomes.Quality, row =>
        {
            var route = path.Choose(step, features.Row(row), standardised, scores);
            shares[route] += 1.0 / features.Rows;
            return route;
        });
        var rows = new PolicyRows(Name, quality, shares.Zip(routes, (s, r) => s * r.Cost).Sum());
        return new Outcome(rows, rows.MeanQuality, shares);
    }

    private sealed record Outcome(PolicyRows Rows, double Quality, double[] Shares);
}
