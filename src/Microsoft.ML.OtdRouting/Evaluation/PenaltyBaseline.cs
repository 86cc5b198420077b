using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>The predictors of a <see cref="PenaltyPath"/> on other rows, at a mean cost of the caller's.</summary>
internal static class PenaltyBaseline
{
    /// <summary>
    /// The expected outcome of a random mix of the two predictors of the path whose costs on these rows enclose a cost; the cheapest predictor
    /// where even that costs more.
    /// </summary>
    /// <returns>The outcome, and the share of the rows that each route gets.</returns>
    public static (PolicyResult Result, double[] Shares) At(PenaltyPath path, FeatureTable features, RouteOutcomes outcomes, IReadOnlyList<Route> routes, double cost)
    {
        var steps = Enumerable.Range(0, path.Count).Select(step => Measure(path, step, features, outcomes, routes)).ToList();
        var cheap = steps.Where(s => s.Cost <= cost).OrderByDescending(s => s.Quality).ThenByDescending(s => s.Cost).FirstOrDefault();
        var best = cheap ?? steps.MinBy(s => s.Cost)!;
        var (quality, reached, shares) = (best.Quality, best.Cost, best.Shares);
        foreach (var low in steps.Where(s => s.Cost <= cost))
        {
            foreach (var high in steps.Where(s => s.Cost > cost))
            {
                var part = (cost - low.Cost) / (high.Cost - low.Cost);
                var mixed = low.Quality + (part * (high.Quality - low.Quality));
                if (mixed > quality)
                {
                    (quality, reached) = (mixed, cost);
                    shares = low.Shares.Zip(high.Shares, (a, b) => a + (part * (b - a))).ToArray();
                }
            }
        }

        return (new PolicyResult("cost penalty (Gumbel-softmax)", quality, reached), shares);
    }

    private static Outcome Measure(PenaltyPath path, int step, FeatureTable features, RouteOutcomes outcomes, IReadOnlyList<Route> routes)
    {
        var standardised = new float[features.Count];
        var scores = new float[routes.Count];
        var shares = new double[routes.Count];
        var quality = 0.0;
        for (var row = 0; row < features.Rows; row++)
        {
            var route = path.Choose(step, features.Row(row), standardised, scores);
            shares[route] += 1.0 / features.Rows;
            quality += outcomes.Quality[row, route];
        }

        return new Outcome(quality / features.Rows, shares.Zip(routes, (s, r) => s * r.Cost).Sum(), shares);
    }

    private sealed record Outcome(double Quality, double Cost, double[] Shares);
}
