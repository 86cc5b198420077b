using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class PolicyMixTests
{
    [Fact]
    public void Scores_of_a_part_go_where_its_routes_are_and_others_get_none()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var random = new Random(seed);
            var mix = Draw(random, out var parts);
            for (var part = 0; part < parts.Length; part++)
            {
                // What is left of the row before must not shine through.
                var scores = Enumerable.Repeat(float.NaN, mix.Routes.Count).ToArray();
                float[] features = [(float)random.NextDouble(), 1];
                var own = new float[parts[part].Routes.Count];
                parts[part].Policy.Score(features, 1, own);
                mix.Score(part, features, 1, scores);
                Assert.Equal(own, mix.PlacesOf(part).Select(place => scores[place]));
                for (var k = 0; k < scores.Length; k++)
                {
                    Assert.Equal(mix.Locate(k).Part != part, float.IsNegativeInfinity(scores[k]));
                }
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(3UL, 9UL).WithMaxTest(300));
    }

    [Fact]
    public void Routes_are_those_of_all_parts_in_ascending_order_of_cost()
    {
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed =>
        {
            var mix = Draw(new Random(seed), out var parts);
            Assert.Equal(mix.Routes.Select(r => r.Cost).Order(), mix.Routes.Select(r => r.Cost));
            Assert.Equal(parts.Sum(p => p.Routes.Count), mix.Routes.Count);
            for (var k = 0; k < mix.Routes.Count; k++)
            {
                var (part, route) = mix.Locate(k);
                Assert.Same(parts[part].Routes[route], mix.Routes[k]);
                Assert.Equal(k, mix.PlacesOf(part)[route]);
                Assert.Equal(parts[part].Policy.Calibration.Prices[route], mix.Prices[k]);
                Assert.Equal(parts[part].Share * parts[part].Policy.Shares[route], mix.Shares[k], 1e-12);
            }

            Assert.Equal(1, mix.Shares.Sum(), 1e-9);
            Assert.Equal(mix.Shares.Zip(mix.Routes, (s, r) => s * r.Cost).Sum(), mix.MeanCost, 1e-9);
            Assert.True(mix.StandardError(100) >= 0);
        }).Check(Config.QuickThrowOnFailure.WithReplay(4UL, 9UL).WithMaxTest(200));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.00001)]
    [InlineData(0.25)]
    [InlineData(0.61803)]
    [InlineData(0.99999)]
    [InlineData(1)]
    public void Parts_get_their_shares_of_the_positions(double share)
    {
        var mix = new PolicyMix([Part([0], [1], share), Part([1], [4], 1 - share)], 2);
        var counts = new int[2];
        for (var position = 0; position < RowPlace.Modulus; position++)
        {
            var part = mix.PartOf(position);
            counts[part]++;
            Assert.Equal(part == 0, position < mix.EndOf(0));
        }

        Assert.Equal(RowPlace.Modulus, mix.EndOf(1));
        Assert.InRange(counts[0] - (share * RowPlace.Modulus), -0.5, 0.5);
    }

    [Fact]
    public void A_single_part_serves_all()
    {
        var mix = new PolicyMix([Part([0, 1, 2], [1, 2, 4], 1)], 2);
        Assert.All(new[] { 0, 1, 30_000, 65_520 }, position => Assert.Equal(0, mix.PartOf(position)));
        Assert.Equal(RowPlace.Modulus, mix.EndOf(0));
        Assert.Equal(1, mix.Shares.Sum(), 1e-9);
    }

    /// <summary>Two parts with routes of their own, in any interleaving, with costs of which some are equal.</summary>
    private static PolicyMix Draw(Random random, out PolicyPart[] parts)
    {
        var count = random.Next(2, 9);
        var costs = Enumerable.Range(0, count).Select(_ => (double)random.Next(1, 6)).Order().ToArray();
        var of = Enumerable.Range(0, count).Select(k => k < 2 ? k : random.Next(2)).ToArray();
        random.Shuffle(of);
        var share = random.NextDouble();
        parts = Enumerable.Range(0, 2).Select(p =>
        {
            var routes = Enumerable.Range(0, count).Where(k => of[k] == p).ToArray();
            return Part(routes, routes.Select(k => costs[k]).ToArray(), p == 0 ? share : 1 - share, random);
        }).ToArray();
        return new PolicyMix(parts, 3);
    }

    private static PolicyPart Part(int[] members, double[] costs, double share, Random? random = null)
    {
        random ??= new Random(1);
        var names = Enumerable.Range(0, members.Max() + 1).Select(i => $"r{i}").ToArray();
        float[] Numbers(int count) => Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var shares = costs.Select(_ => random.NextDouble() + 0.01).ToArray();
        shares = Array.ConvertAll(shares, s => s / shares.Sum());
        var mean = costs.Zip(shares, (c, s) => c * s).Sum();
        var predictors = Enumerable.Range(0, 3).Select(_ => new LossPredictor(Numbers(2 * costs.Length), Numbers(costs.Length))).ToList();
        var calibration = new PriceCalibration(Numbers(costs.Length), shares, mean, mean, 1, 0.1, 100);
        return new PolicyPart(new RoutingPolicy(predictors, calibration), members.Zip(costs, (m, c) => new Route([m], names, c)).ToList(), share);
    }
}
