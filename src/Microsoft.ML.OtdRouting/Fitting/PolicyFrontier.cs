using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Fitting;

/// <summary>
/// The corners of what the candidates can do together: of the policies of all candidates at all prices of cost, those on the lower convex hull of held-out
/// loss over mean cost. Between two corners a mix of them is better than any single one.
/// </summary>
/// <param name="Corners">The corners, in ascending order of cost.</param>
internal sealed record PolicyFrontier(IReadOnlyList<PolicyFrontier.Corner> Corners)
{
    /// <summary>A policy of a candidate at some price of cost.</summary>
    /// <param name="Candidate">Index of the candidate.</param>
    /// <param name="Cost">Mean cost of the fitting rows.</param>
    /// <param name="Loss">Their mean loss.</param>
    internal sealed record Corner(int Candidate, double Cost, double Loss);

    /// <summary>Finds the corners.</summary>
    /// <param name="candidates">The candidates.</param>
    /// <param name="samplePrior">Weights of the fitting rows, summing to one; null for equal ones.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    public static PolicyFrontier Of(IReadOnlyList<RouterCandidate> candidates, double[]? samplePrior, CancellationToken cancellationToken)
    {
        var unit = candidates.Max(c => c.Routes[^1].Cost);
        var paths = new List<Corner>[candidates.Count];
        Parallel.For(
            0, paths.Length, new ParallelOptions { CancellationToken = cancellationToken }, c => paths[c] = Path(c, candidates[c], samplePrior, unit));
        return new PolicyFrontier(LowerHull(paths.SelectMany(p => p)));
    }

    /// <summary>Finds the corners of what the first looks of the candidates do alone.</summary>
    public static PolicyFrontier OfAlone(IReadOnlyList<RouterCandidate> candidates, double[]? samplePrior) => new(LowerHull(
        candidates.Select((c, index) => new Corner(index, c.Routes[0].Cost, c.Judged.Mean(new int[c.Judged.Rows], samplePrior)))));

    /// <summary>The corners around a mean cost: the same one twice at the ends.</summary>
    public (Corner Below, Corner Above) Around(double cost)
    {
        var above = Corners.FirstOrDefault(c => c.Cost >= cost) ?? Corners[^1];
        return (Corners.LastOrDefault(c => c.Cost <= cost) ?? above, above);
    }

    /// <summary>What a candidate does at all prices of cost, from those at which cost is all that counts down to nothing.</summary>
    private static List<Corner> Path(int index, RouterCandidate candidate, double[]? samplePrior, double unit)
    {
        var costs = candidate.Routes.Select(r => r.Cost / unit).ToArray();
        var judged = candidate.Judged;
        var means = Enumerable.Range(0, costs.Length).Select(judged.Mean).ToArray();
        var range = Math.Max(means.Max() - means.Min(), 1e-9);
        var prices = new float[costs.Length];
        var path = new List<Corner> { new(index, candidate.Routes[0].Cost, judged.Mean(new int[judged.Rows], samplePrior)) };
        for (var step = 24; step >= -36; step--)
        {
            var price = step == -36 ? 0 : range * Math.Pow(2, step / 4.0);
            for (var k = 0; k < prices.Length; k++)
            {
                prices[k] = (float)(-price * costs[k]);
            }

            var chosen = candidate.HeldOut.Choose(prices);
            path.Add(new Corner(index, MeanCost(chosen, candidate.Routes, samplePrior), judged.Mean(chosen, samplePrior)));
        }

        return path;
    }

    private static double MeanCost(int[] chosen, IReadOnlyList<Route> routes, double[]? samplePrior)
    {
        var sum = 0.0;
        for (var row = 0; row < chosen.Length; row++)
        {
            sum += (samplePrior?[row] ?? 1.0 / chosen.Length) * routes[chosen[row]].Cost;
        }

        return sum;
    }

    private static List<Corner> LowerHull(IEnumerable<Corner> points)
    {
        var hull = new List<Corner>();
        foreach (var point in points.OrderBy(p => p.Cost).ThenBy(p => p.Loss).ThenBy(p => p.Candidate))
        {
            if (hull.Count > 0 && point.Loss >= hull[^1].Loss)
            {
                continue;
            }

            while (hull.Count > 1 && IsAbove(hull[^2], hull[^1], point))
            {
                hull.RemoveAt(hull.Count - 1);
            }

            hull.Add(point);
        }

        return hull;
    }

    /// <summary>Whether the middle one of three points is on or above the line of the others.</summary>
    private static bool IsAbove(Corner first, Corner middle, Corner last) =>
        (middle.Loss - first.Loss) * (last.Cost - first.Cost) >= (last.Loss - first.Loss) * (middle.Cost - first.Cost);
}
