using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class SignTestTests
{
    [Theory]
    [InlineData(12, 0.3, 0.1)]
    [InlineData(30, 0.1, 0.1)]
    [InlineData(30, 0.1, 0.05)]
    [InlineData(60, 0.05, 0.05)]
    [InlineData(60, 0.2, 0.2)]
    public void A_mean_that_is_no_better_is_rejected_no_more_often_than_the_level(int rows, double margin, double level)
    {
        // All outcomes of all rows, by their exact chances: nothing is simulated.
        var test = new SignTest(rows);
        var rejected = (from gains in Enumerable.Range(0, rows + 1)
                        from losses in Enumerable.Range(0, rows + 1 - gains)
                        where test.PValue(gains, losses, margin, level / 50) <= level
                        select (gains, losses)).ToList();
        Assert.NotEmpty(rejected);
        var logs = LogFactorials(rows);
        var worst = 0.0;
        foreach (var mean in new[] { -margin, -1.2 * margin, -2 * margin })
        {
            for (var rate = -mean; rate <= 1; rate += 0.003)
            {
                var (up, down) = ((rate + mean) / 2, (rate - mean) / 2);
                worst = Math.Max(worst, rejected.Sum(o => Chance(logs, rows, o.gains, o.losses, Math.Max(0, up), down)));
            }
        }

        // Near the level, too: a test that never rejects would pass the rest.
        Assert.InRange(worst, level / 2, level + 1e-9);
    }

    [Fact]
    public void More_gains_and_fewer_losses_speak_more_for_it()
    {
        var test = new SignTest(500);
        for (var losses = 0; losses < 30; losses++)
        {
            Assert.True(test.PValue(20, losses, 0.02, 0.001) <= test.PValue(20, losses + 1, 0.02, 0.001) + 1e-9);
            Assert.True(test.PValue(21, losses, 0.02, 0.001) <= test.PValue(20, losses, 0.02, 0.001) + 1e-9);
        }
    }

    [Theory]
    [InlineData(2_000, 60, 62, 0.01)]
    [InlineData(20_000, 700, 760, 0.01)]
    [InlineData(200_000, 9_000, 10_100, 0.007)]
    public void With_many_rows_it_is_the_normal_limit(int rows, int gains, int losses, double margin)
    {
        var rate = (double)(gains + losses) / rows;
        var score = (gains - losses + (rows * margin)) / Math.Sqrt(rows * (rate - (margin * margin)));
        Assert.Equal(UpperTail(score) + 0.001, new SignTest(rows).PValue(gains, losses, margin, 0.001), 0.012);
    }

    [Fact]
    public void Rows_that_never_differ_support_what_so_few_rows_can()
    {
        // Without any difference the limit of the rate is ln(1000) / rows, about: the margin must be above it.
        Assert.Equal(0.002, new SignTest(5_000).PValue(0, 0, 0.01, 0.002), 1e-9);
        Assert.InRange(new SignTest(100).PValue(0, 0, 0.01, 0.002), 0.3, 1);
        Assert.Equal(1, new SignTest(100).PValue(0, 50, 0.1, 0.002));
    }

    private static double Chance(double[] logs, int rows, int gains, int losses, double up, double down)
    {
        double Term(int count, double chance) => count == 0 ? 0 : count * Math.Log(chance);
        return Math.Exp(
            logs[rows] - logs[gains] - logs[losses] - logs[rows - gains - losses] +
            Term(gains, up) + Term(losses, down) + Term(rows - gains - losses, Math.Max(0, 1 - up - down)));
    }

    private static double[] LogFactorials(int rows)
    {
        var logs = new double[rows + 1];
        for (var i = 1; i <= rows; i++)
        {
            logs[i] = logs[i - 1] + Math.Log(i);
        }

        return logs;
    }

    /// <summary>The chance of a normal number above a score, by Simpson's rule over the density.</summary>
    private static double UpperTail(double score)
    {
        const int Steps = 2_000;
        var width = (score + 12) / Steps;
        double Density(int i) => Math.Exp(-Math.Pow(-12 + (i * width), 2) / 2) / Math.Sqrt(2 * Math.PI);
        return 1 - (Enumerable.Range(0, Steps + 1).Sum(i => (i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2) * Density(i)) * width / 3);
    }
}
