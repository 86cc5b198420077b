using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class BinomialTailTests
{
    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(7, 0.1)]
    [InlineData(20, 0.5)]
    [InlineData(50, 0.93)]
    public void Chances_are_those_of_Pascal_s_triangle(int trials, double probability)
    {
        double[] chances = [1];
        for (var n = 0; n < trials; n++)
        {
            chances = [.. Enumerable.Range(0, n + 2).Select(k => ((k <= n ? chances[k] : 0) * (1 - probability)) + (k > 0 ? chances[k - 1] * probability : 0))];
        }

        for (var k = 0; k <= trials + 1; k++)
        {
            var expected = chances.Skip(k).Reverse().Sum();
            Assert.InRange(BinomialTail.AtLeast(trials, k, probability) - expected, -1e-12, 1e-12);
        }

        var critical = BinomialTail.Critical(trials, probability, 0.05);
        Assert.True(BinomialTail.AtLeast(trials, critical, probability) <= 0.05);
        Assert.True(BinomialTail.AtLeast(trials, critical - 1, probability) > 0.05);
    }

    [Fact]
    public void Large_numbers_do_not_underflow()
    {
        Assert.Equal(0.5, BinomialTail.AtLeast(1_000_001, 500_001, 0.5), 8);
        Assert.Equal(1, BinomialTail.AtLeast(1_000_000, 1000, 0.5), 12);
        Assert.Equal(Math.Pow(0.5, 60), BinomialTail.AtLeast(60, 60, 0.5), 1e-30);
    }

    [Fact]
    public void Certain_and_impossible_events()
    {
        Assert.Equal(1, BinomialTail.AtLeast(5, 0, 0));
        Assert.Equal(0, BinomialTail.AtLeast(5, 1, 0));
        Assert.Equal(1, BinomialTail.AtLeast(5, 5, 1));
        Assert.Equal(0, BinomialTail.AtLeast(5, 6, 1));
        Assert.Equal(6, BinomialTail.Critical(5, 1, 0.05));
    }
}
