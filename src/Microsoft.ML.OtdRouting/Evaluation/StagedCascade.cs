using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>
/// The strongest cascade that can be tuned on the fitting rows: resolutions one after another, a threshold of its own at every stage, any
/// subset of the stages, and random mixing of two such cascades where that is better.
/// </summary>
internal sealed class StagedCascade
{
    /// <summary>Longer chains gain nothing that can be tuned.</summary>
    private const int MostStages = 4;

    /// <summary>Settings of thresholds that are tried, over all chains together.</summary>
    private const int MostSettings = 42_000;

    /// <summary>Quantiles of the confidence that are tried as the threshold of one stage.</summary>
    private const int FinestSteps = 25;

    private readonly List<Point> _curve;

    private StagedCascade(List<Point> curve) => _curve = curve;

    /// <summary>Every stage answers with the resolution it adds, as that resolution is.</summary>
    public static StagedCascade OfResolutions(RouteOutcomes fitting, RouteOutcomes test, IReadOnlyList<double> costs) =>
        Tune(Enumerable.Range(0, costs.Count)
            .SelectMany(first => Chains(costs.Count - first).Select(chain => chain.Select(r => r + first).ToArray()))
            .Select(chain => new Chain(fitting, test, chain.Select((r, s) => new Stage(r, chain.Take(s + 1).Sum(c => costs[c]))).ToArray()))
            .ToList());

    /// <summary>
    /// Every stage answers with the router's own calibrated ensemble of all resolutions scored so far. Begins at any resolution that the
    /// router may look at first.
    /// </summary>
    public static StagedCascade OfRoutes(ComparedRows rows)
    {
        var resolutions = rows.Rows.Resolutions;
        return Tune(rows.Fitted.Candidates.SelectMany(candidate =>
        {
            var routes = candidate.Routes;
            var (fitting, test) = (candidate.Outcomes.WithQualityInEveryRow(), rows.Outcomes(candidate));
            var stages = Chains(resolutions - candidate.FirstLook).Select(chain => chain
                .Select((_, s) => Enumerable.Range(0, routes.Count)
                    .FirstOrDefault(k => routes[k].Resolutions.SequenceEqual(chain.Take(s + 1).Select(r => r + candidate.FirstLook)), -1))
                .ToArray());
            return stages
                .Where(s => !s.Contains(-1))
                .Select(s => new Chain(fitting, test, s.Select(k => new Stage(k, routes[k].Cost)).ToArray()));
        }).ToList());
    }

    /// <summary>The cascade on the compared rows at a mean cost on them; where none costs so much, at what the dearest costs.</summary>
    public PolicyRows At(string name, double cost)
    {
        var after = _curve.FindIndex(p => p.Cost >= cost);
        if (after <= 0)
        {
            return (after == 0 ? _curve[0] : _curve[^1]).Rows(name);
        }

        var (low, high) = (_curve[after - 1], _curve[after]);
        return PolicyRows.Mix(name, low.Rows(name), high.Rows(name), (cost - low.Cost) / (high.Cost - low.Cost));
    }

    private static IEnumerable<int[]> Chains(int resolutions) => Enumerable.Range(0, 1 << (resolutions - 1))
        .Select(set => Enumerable.Range(0, resolutions).Where(r => r == 0 || (set >> (r - 1) & 1) == 1).ToArray())
        .Where(chain => chain.Length <= MostStages);

    private static StagedCascade Tune(IReadOnlyList<Chain> chains)
    {
        var candidates = chains.SelectMany(chain => Thresholds(chain.Fitting, chain.Stages, MostSettings / chains.Count).Select(t => (Chain: chain, Thresholds: t))).ToList();
        var points = candidates.AsParallel().AsOrdered().Select(c => Measure(c.Chain.Fitting, c.Chain.Stages, c.Thresholds)).ToList();
        var curve = Hull(points)
            .Select(i => new Point(candidates[i].Chain, candidates[i].Thresholds, Measure(candidates[i].Chain.Test, candidates[i].Chain.Stages, candidates[i].Thresholds).Cost))
            .OrderBy(p => p.Cost)
            .ToList();
        return new StagedCascade(curve);
    }

    private static IEnumerable<float[]> Thresholds(RouteOutcomes fitting, Stage[] chain, int settings)
    {
        var steps = Math.Clamp((int)Math.Pow(settings, 1.0 / Math.Max(1, chain.Length - 1)) - 1, 1, FinestSteps);
        IEnumerable<float[]> combinations = [[]];
        foreach (var stage in chain[..^1])
        {
            var sorted = Enumerable.Range(0, fitting.Rows).Select(row => fitting.Confidence[row, stage.Route]).Order().ToArray();
            var grid = Enumerable.Range(0, steps + 1)
                .Select(i => i == steps ? float.PositiveInfinity : sorted[i * (sorted.Length - 1) / steps])
                .Distinct()
                .ToList();
            combinations = combinations.SelectMany(c => grid.Select(t => c.Append(t).ToArray())).ToList();
        }

        return combinations;
    }

    private static (double Cost, double Quality) Measure(RouteOutcomes rows, Stage[] chain, float[] thresholds)
    {
        var cost = 0.0;
        var quality = 0.0;
        for (var row = 0; row < rows.Rows; row++)
        {
            var stage = Last(rows, row, chain, thresholds);
            cost += stage.Cost;
            quality += rows.Quality[row, stage.Route];
        }

        return (cost / rows.Rows, quality / rows.Rows);
    }

    /// <summary>The stage at which a row stops.</summary>
    private static Stage Last(RouteOutcomes rows, int row, Stage[] chain, float[] thresholds)
    {
        var s = 0;
        while (s < thresholds.Length && rows.Confidence[row, chain[s].Route] < thresholds[s])
        {
            s++;
        }

        return chain[s];
    }

    /// <summary>Indices of the points on the upper concave envelope, in ascending order of cost, up to the most accurate one.</summary>
    private static List<int> Hull(List<(double Cost, double Quality)> points)
    {
        var hull = new List<int>();
        foreach (var i in Enumerable.Range(0, points.Count).OrderBy(i => points[i].Cost).ThenByDescending(i => points[i].Quality))
        {
            if (hull.Count > 0 && points[i].Quality <= points[hull[^1]].Quality)
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

    private static double Slope((double Cost, double Quality) a, (double Cost, double Quality) b) => (b.Quality - a.Quality) / (b.Cost - a.Cost);

    private sealed record Chain(RouteOutcomes Fitting, RouteOutcomes Test, Stage[] Stages);

    /// <param name="Chain">Its stages.</param>
    /// <param name="Thresholds">The threshold of every stage but the last.</param>
    /// <param name="Cost">Mean cost on the compared rows.</param>
    private sealed record Point(Chain Chain, float[] Thresholds, double Cost)
    {
        public PolicyRows Rows(string name) =>
            new(name, PolicyRows.QualityOf(Chain.Test.Quality, row => Last(Chain.Test, row, Chain.Stages, Thresholds).Route), Cost);
    }

    /// <param name="Route">Column of the outcomes with the prediction of a row that stops here.</param>
    /// <param name="Cost">Cost of a row that stops here.</param>
    private readonly record struct Stage(int Route, double Cost);
}
