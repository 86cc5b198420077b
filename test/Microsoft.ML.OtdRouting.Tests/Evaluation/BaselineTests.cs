using FsCheck.Fluent;
using FsCheck;
using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Evaluation;

public class BaselineTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    [Fact]
    public void Static_mix_is_the_best_of_all_mixtures()
    {
        var points = Gen.Choose(0, 100).Two().ArrayOf(5);
        Prop.ForAll(points.ToArbitrary(), p =>
        {
            var alternatives = p.Select((x, i) => new PolicyResult($"{i}", x.Item1 / 100.0, 1 + x.Item2)).ToList();
            for (var cost = alternatives.Min(a => a.MeanCost); cost <= 102; cost += 7)
            {
                Assert.Equal(BestOfGrid(alternatives, cost), StaticMix.BestQuality(alternatives, cost), 1e-9);
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(5UL, 9UL).WithMaxTest(50));
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1.5)]
    [InlineData(5)]
    public void Cascade_is_the_most_accurate_of_all_chains_and_as_dear_as_is_allowed(double fraction)
    {
        var costs = outputs.Scorers.Costs;
        var rows = Singles();
        var limit = fraction * costs[^1];
        var chains = new int[][] { [0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2] };
        var best = chains.Select(chain => (Chain: chain, Best: BruteForce(rows, chain, costs, limit))).Where(c => c.Best is not null).ToList();

        var cascade = ConfidenceCascade.Tune(rows, costs, limit);
        var (quality, cost) = cascade.AtCost(rows, limit);

        Assert.Equal(best.Max(b => b.Best!.Value.Quality), quality, 1e-12);
        var same = best.Single(b => b.Chain.SequenceEqual(cascade.Chain));
        Assert.Equal(same.Best!.Value.Cost, cost, 1e-9);
        Assert.InRange(cost, 0, limit);
    }

    [Fact]
    public void Cascade_below_the_cheapest_resolution_is_refused()
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => ConfidenceCascade.Tune(Singles(), outputs.Scorers.Costs, outputs.Scorers.Costs[0] * 0.9));
        Assert.Contains("cheapest", e.Message);
    }

    private RouteOutcomes Singles() => outputs.Task
        .AsTheyAre(outputs.Observations, RouteEnumeration.Singles(outputs.Scorers.Names, outputs.Scorers.Costs))
        .Outcomes(outputs.Observations);

    /// <summary>The dearest outcome within the limit of all thresholds; null when the chain cannot be that cheap.</summary>
    private static (double Quality, double Cost)? BruteForce(RouteOutcomes rows, int[] chain, IReadOnlyList<double> costs, double limit)
    {
        var thresholds = chain.SelectMany(r => Enumerable.Range(0, rows.Rows).Select(row => rows.Confidence[row, r]))
            .Append(float.NegativeInfinity).Append(float.PositiveInfinity);
        (double Quality, double Cost)? best = null;
        foreach (var threshold in thresholds)
        {
            double cost = 0, right = 0;
            for (var row = 0; row < rows.Rows; row++)
            {
                var last = chain.TakeWhile((r, i) => i == 0 || chain.Take(i).All(earlier => rows.Confidence[row, earlier] < threshold)).ToList();
                cost += last.Sum(r => costs[r]);
                right += rows.Quality[row, last[^1]];
            }

            if (cost / rows.Rows <= limit && (best is null || cost / rows.Rows > best.Value.Cost))
            {
                best = (right / rows.Rows, cost / rows.Rows);
            }
        }

        return best;
    }

    /// <summary>The optimum has at most two alternatives, and their shares are set by the cost.</summary>
    private static double BestOfGrid(List<PolicyResult> alternatives, double cost)
    {
        var best = double.NegativeInfinity;
        foreach (var a in alternatives)
        {
            foreach (var b in alternatives)
            {
                var shares = new List<double> { 0, 1 };
                if (a.MeanCost != b.MeanCost)
                {
                    shares.Add((cost - a.MeanCost) / (b.MeanCost - a.MeanCost));
                }

                foreach (var share in shares.Where(s => s is >= 0 and <= 1 && a.MeanCost + (s * (b.MeanCost - a.MeanCost)) <= cost + 1e-9))
                {
                    best = Math.Max(best, a.Quality + (share * (b.Quality - a.Quality)));
                }
            }
        }

        return best;
    }
}
