using Microsoft.ML.OtdRouting.Evaluation;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>
/// The strongest cascade that can be tuned on the fitting rows: resolutions one after another, a threshold of its own at every stage, any
/// subset of the stages, and random mixing of two such cascades where that is better.
/// </summary>
internal sealed class StagedCascade
{
    private readonly List<(double Cost, double Accuracy)> _curve;

    private StagedCascade(List<(double Cost, double Accuracy)> curve) => _curve = curve;

    /// <summary>Every stage predicts with the resolution it adds, as that resolution is.</summary>
    public static StagedCascade OfResolutions(RouteOutcomes fitting, RouteOutcomes test, IReadOnlyList<double> costs) =>
        Tune(Enumerable.Range(0, costs.Count)
            .SelectMany(first => Chains(costs.Count - first).Select(chain => chain.Select(r => r + first).ToArray()))
            .Select(chain => new Chain(fitting, test, chain.Select((r, s) => new Stage(r, chain.Take(s + 1).Sum(c => costs[c]))).ToArray()))
            .ToList());

    /// <summary>
    /// Every stage predicts with the router's own calibrated ensemble of all resolutions scored so far. Begins at any resolution that the
    /// router may look at first.
    /// </summary>
    public static StagedCascade OfRoutes(FittedRouter router, ComparedRows rows) => Tune(
        router.Candidates.SelectMany(candidate =>
        {
            var routes = candidate.Fit.Routes;
            var test = router.Outcomes(candidate, rows);
            var stages = Chains(candidate.Scorers.Scorers.Count).Select(chain => chain
                .Select((_, s) => Enumerable.Range(0, routes.Count).FirstOrDefault(k => routes[k].Resolutions.SequenceEqual(chain.Take(s + 1)), -1))
                .ToArray());
            return stages
                .Where(s => !s.Contains(-1))
                .Select(s => new Chain(candidate.Fit.Outcomes, test, s.Select(k => new Stage(k, routes[k].Cost)).ToArray()));
        }).ToList());

    /// <summary>Accuracy on the test rows at exactly this mean cost on them.</summary>
    public double Accuracy(double cost)
    {
        var after = _curve.FindIndex(p => p.Cost >= cost);
        if (after <= 0)
        {
            return after == 0 ? _curve[0].Accuracy : _curve[^1].Accuracy;
        }

        var (low, high) = (_curve[after - 1], _curve[after]);
        var share = (cost - low.Cost) / (high.Cost - low.Cost);
        return low.Accuracy + (share * (high.Accuracy - low.Accuracy));
    }

    private static IEnumerable<int[]> Chains(int resolutions) => Enumerable.Range(0, 1 << (resolutions - 1))
        .Select(set => Enumerable.Range(0, resolutions).Where(r => r == 0 || (set >> (r - 1) & 1) == 1).ToArray());

    private static StagedCascade Tune(IReadOnlyList<Chain> chains)
    {
        var candidates = chains.SelectMany(chain => Thresholds(chain.Fitting, chain.Stages).Select(t => (Chain: chain, Thresholds: t))).ToList();
        var points = candidates.Select(c => Measure(c.Chain.Fitting, c.Chain.Stages, c.Thresholds)).ToList();
        var curve = Hull(points)
            .Select(i => Measure(candidates[i].Chain.Test, candidates[i].Chain.Stages, candidates[i].Thresholds))
            .OrderBy(p => p.Cost)
            .ToList();
        return new StagedCascade(curve);
    }

    private static IEnumerable<float[]> Thresholds(RouteOutcomes fitting, Stage[] chain)
    {
        var steps = chain.Length > 3 ? 13 : 25;
        IEnumerable<float[]> combinations = [[]];
        foreach (var stage in chain[..^1])
        {
            var sorted = Enumerable.Range(0, fitting.Rows).Select(row => fitting.Confidence(row, stage.Route)).Order().ToArray();
            var grid = Enumerable.Range(0, steps + 1)
                .Select(i => i == steps ? float.PositiveInfinity : sorted[i * (sorted.Length - 1) / steps])
                .Distinct()
                .ToList();
            combinations = combinations.SelectMany(c => grid.Select(t => c.Append(t).ToArray())).ToList();
        }

        return combinations;
    }

    private static (double Cost, double Accuracy) Measure(RouteOutcomes rows, Stage[] chain, float[] thresholds)
    {
        var cost = 0.0;
        var correct = 0;
        for (var row = 0; row < rows.Rows; row++)
        {
            var s = 0;
            while (s < thresholds.Length && rows.Confidence(row, chain[s].Route) < thresholds[s])
            {
                s++;
            }

            cost += chain[s].Cost;
            correct += rows.IsCorrect(row, chain[s].Route) ? 1 : 0;
        }

        return (cost / rows.Rows, (double)correct / rows.Rows);
    }

    /// <summary>Indices of the points on the upper concave envelope, in ascending order of cost, up to the most accurate one.</summary>
    private static List<int> Hull(List<(double Cost, double Accuracy)> points)
    {
        var hull = new List<int>();
        foreach (var i in Enumerable.Range(0, points.Count).OrderBy(i => points[i].Cost).ThenByDescending(i => points[i].Accuracy))
        {
            if (hull.Count > 0 && points[i].Accuracy <= points[hull[^1]].Accuracy)
            {
                continue;
            }

            while (hull.Count > 1 && Slope(points[hull[^2]], points[hull[^1]]) <= Slope(points[hull[^2]], points[i]))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(i);
        }

        return hull;
    }

    private static double Slope((double Cost, double Accuracy) a, (double Cost, double Accuracy) b) => (b.Accuracy - a.Accuracy) / (b.Cost - a.Cost);

    private sealed record Chain(RouteOutcomes Fitting, RouteOutcomes Test, Stage[] Stages);

    /// <param name="Route">Column of the outcomes with the prediction of a row that stops here.</param>
    /// <param name="Cost">Cost of a row that stops here.</param>
    private readonly record struct Stage(int Route, double Cost);
}
