using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class RankTests
{
    /// <summary>Whatever came before, the mean of the capital over all bins of the next rank is the capital now: the bets are fair.</summary>
    [Fact]
    public void Bets_are_fair_after_any_history()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var bins = random.Next(2, 12);
            var power = random.Next(1, 4);
            var history = Enumerable.Range(0, random.Next(0, 450)).Select(_ => Math.Pow(random.NextDouble(), power)).ToArray();
            RankMartingale After(params IEnumerable<double> more)
            {
                var martingale = new RankMartingale(bins);
                foreach (var rank in history.Concat(more))
                {
                    martingale.Add(rank);
                }

                return martingale;
            }

            var now = After().Capital;
            Assert.Equal(now, Enumerable.Range(0, bins).Average(b => After((b + 0.5) / bins).Capital), now * 1e-9);
            Assert.True(now > 0);
        }).Check(Config.QuickThrowOnFailure.WithReplay(6UL, 9UL).WithMaxTest(200));
    }

    [Fact]
    public void Ranks_that_are_not_uniform_make_it_rich_however_late()
    {
        foreach (var before in new[] { 0, 1_000, 100_000 })
        {
            var (martingale, random) = (new RankMartingale(10), new Random(before));
            for (var i = 0; i < before; i++)
            {
                martingale.Add(random.NextDouble());
                Assert.InRange(martingale.Capital, 0, 100);
            }

            var ranks = 0;
            for (; martingale.Capital < 300; ranks++)
            {
                Assert.InRange(ranks, 0, 1_000);
                martingale.Add(Math.Sqrt(random.NextDouble()));
            }
        }
    }

    /// <summary>Two new values among a sample of 11: their ranks fall into all sixteen squares of 4 × 4 alike, by a chi-square test at 10⁻⁶.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ranks_among_a_sample_are_uniform_and_independent(bool categories)
    {
        const int Draws = 40_000;
        var random = new Random(3);
        var counts = new int[16];
        for (var draw = 0; draw < Draws; draw++)
        {
            double Value() => categories ? (int)(5 * Math.Pow(random.NextDouble(), 2)) : Math.Exp(3 * random.NextDouble());
            var sample = Enumerable.Range(0, 11).Select(_ => Value()).Order().ToArray();
            double[] edges = categories ? [0, 1, 2, 3] : [sample[2], sample[5], sample[8]];
            int BinOf(double value) => edges.Count(e => value > e);
            var bins = new double[edges.Length + 1];
            Array.ForEach(sample, value => bins[BinOf(value)]++);
            bins[^1] += categories ? 0 : 1;
            var rank = new SmoothedRank(bins, own: categories ? 1 : 0);
            var (first, second) = (rank.Next(BinOf(Value()), random.NextDouble()), rank.Next(BinOf(Value()), random.NextDouble()));
            Assert.InRange(first, 0, 1);
            counts[((int)Math.Min(3, 4 * first) * 4) + (int)Math.Min(3, 4 * second)]++;
        }

        // 0.999999 quantile with 15 degrees of freedom.
        Assert.InRange(counts.Sum(n => Math.Pow(n - (Draws / 16.0), 2) / (Draws / 16.0)), 0, 55.3);
    }
}
