using Microsoft.ML.OtdRouting.Training.Trainer;

namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>Weights of losses against a solver of a few lines, written here.</summary>
public class PlanWeightsTests
{
    private const double Epsilon = 0.05;

    [Theory]
    [InlineData(0.25)]
    [InlineData(0.1)]
    public void Weights_are_those_of_an_independent_solution(double strength)
    {
        double[] prior = [0.2, 0.3, 0.5];
        var plan = new PlanWeights(Options(strength, RoutingPrior.Explicit(prior), 8, 12, 16));
        var losses = Losses(new Random(1), images: 48, sizes: 3);
        float[] weights = [];
        // The duals of a batch go on to the next; on the same batch they settle.
        for (var batch = 0; batch < 50; batch++)
        {
            weights = plan.Of(losses, batch);
        }

        var expected = Sinkhorn(losses, prior);
        for (var i = 0; i < losses.Length; i++)
        {
            Assert.Equal(1 - strength + (strength * 3 * expected[i]), weights[i], 1e-4);
        }

        Assert.Equal(1, weights.Average(), 1e-5);
    }

    [Fact]
    public void Shares_follow_the_prior_over_batches_that_differ()
    {
        double[] prior = [0.1, 0.2, 0.7];
        var plan = new PlanWeights(Options(0.25, RoutingPrior.Explicit(prior), 8, 12, 16));
        var random = new Random(2);
        const int Batches = 40;
        for (var batch = 0; batch < Batches; batch++)
        {
            var weights = plan.Of(Losses(random, images: 64, sizes: 3), batch);
            Assert.All(weights, w => Assert.InRange(w, 0.75f - 1e-5f, 1.5f + 1e-5f));
        }

        Assert.Equal(Batches * 64, plan.Sums.Sum(), 1e-6);
        Assert.All(prior.Zip(plan.Sums), pair => Assert.Equal(pair.First, pair.Second / (Batches * 64), 0.01));
    }

    [Fact]
    public void A_budget_makes_the_shares_whose_mean_cost_it_is()
    {
        var options = Options(0.25, null, 10, 20);
        options.PlanBudget = 0.4;
        var plan = new PlanWeights(options);
        var random = new Random(3);
        for (var batch = 0; batch < 20; batch++)
        {
            plan.Of(Losses(random, images: 64, sizes: 2), batch);
        }

        var shares = plan.Sums.Select(s => s / plan.Sums.Sum()).ToList();
        // 10 pixels cost a quarter of 20.
        Assert.Equal(0.4, (0.25 * shares[0]) + shares[1], 0.01);
    }

    [Fact]
    public void A_size_without_a_share_gets_the_least_weight()
    {
        var weights = new PlanWeights(Options(0.2, RoutingPrior.Explicit([0, 1]), 8, 16)).Of(Losses(new Random(4), 16, 2), 0);
        Assert.All(weights.Chunk(2), row => Assert.Equal((0.8, 1.2), (row[0], row[1]), (x, y) => Math.Abs(x.Item1 - y.Item1) + Math.Abs(x.Item2 - y.Item2) < 1e-5));
    }

    private static TrainingOptions Options(double strength, RoutingPrior? prior, params int[] sizes)
    {
        var options = FashionTraining.Options("none", sizes);
        (options.PlanStrength, options.PlanPrior) = (strength, prior);
        options.Validate();
        return options.Freeze();
    }

    private static float[] Losses(Random random, int images, int sizes) => [.. Enumerable.Range(0, images * sizes).Select(_ => -MathF.Log(1 - random.NextSingle()))];

    /// <summary>Parts of each image by scaling of rows and columns in turn, to the end.</summary>
    private static double[] Sinkhorn(float[] losses, double[] prior)
    {
        var (sizes, scale) = (prior.Length, prior.Select(_ => 1.0).ToArray());
        var images = losses.Length / sizes;
        var kernel = losses.Select(l => Math.Exp(-l / Epsilon)).ToArray();
        var parts = new double[losses.Length];
        for (var round = 0; round < 20_000; round++)
        {
            var columns = new double[sizes];
            for (var i = 0; i < images; i++)
            {
                var sum = Enumerable.Range(0, sizes).Sum(k => kernel[(i * sizes) + k] * scale[k]);
                for (var k = 0; k < sizes; k++)
                {
                    columns[k] += parts[(i * sizes) + k] = kernel[(i * sizes) + k] * scale[k] / sum;
                }
            }

            for (var k = 0; k < sizes; k++)
            {
                scale[k] *= prior[k] * images / columns[k];
            }
        }

        return parts;
    }
}
