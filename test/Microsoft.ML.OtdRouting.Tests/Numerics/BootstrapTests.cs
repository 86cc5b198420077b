using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class BootstrapTests
{
    [Theory]
    [InlineData(900, 1000)]
    [InlineData(9_100, 10_000)]
    [InlineData(20, 1_000_000)]
    [InlineData(3, 30)]
    public void The_interval_of_a_share_is_that_of_a_binomial(long correct, long rows)
    {
        var share = (double)correct / rows;
        var error = Math.Sqrt(share * (1 - share) / rows);
        var interval = Bootstrap.Mean([1, 0], [correct, rows - correct]);
        var slack = (0.15 * error) + (1.0 / rows);
        Assert.Equal(share - (1.96 * error), interval.Low, Math.Max(slack, 0.35 * error));
        Assert.Equal(share + (1.96 * error), interval.High, Math.Max(slack, 0.35 * error));
    }

    [Fact]
    public void The_interval_of_a_mean_has_its_standard_error()
    {
        double[] values = [1, 2, 4, 8];
        long[] counts = [400, 30, 500, 70];
        var mean = values.Zip(counts, (v, n) => v * n).Sum() / 1000;
        var deviation = Math.Sqrt(values.Zip(counts, (v, n) => n * (v - mean) * (v - mean)).Sum() / 1000 / 1000);
        var interval = Bootstrap.Mean(values, counts);
        Assert.Equal(2 * 1.96 * deviation, interval.High - interval.Low, 0.1 * deviation * 4);
        Assert.Equal(mean, (interval.Low + interval.High) / 2, deviation / 3);
    }

    [Fact]
    public void Equal_data_gives_equal_intervals_and_no_data_none()
    {
        Assert.Equal(Bootstrap.Mean([1, 3], [5, 7]), Bootstrap.Mean([1, 3], [5, 7]));
        Assert.Equal(new ConfidenceInterval(3, 3), Bootstrap.Mean([1, 3], [0, 7]));
        Assert.True(double.IsNaN(Bootstrap.Mean([1], [0]).Low));
    }
}
