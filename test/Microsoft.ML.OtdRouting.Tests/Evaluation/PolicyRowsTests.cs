using Microsoft.ML.OtdRouting.Evaluation;

namespace Microsoft.ML.OtdRouting.Tests.Evaluation;

public class PolicyRowsTests
{
    [Fact]
    public void Differences_are_paired()
    {
        // Both are right on half of the rows, the router on 20 more: each interval is wide, that of the difference is not.
        var router = Enumerable.Range(0, 1000).Select(i => i < 520 ? 1.0 : 0).ToArray();
        var other = new PolicyRows("other", router.Select((q, i) => i is >= 500 and < 520 ? 0 : q).ToArray(), 3).Against(router);
        Assert.Equal((0.5, 3.0), (other.Quality, other.MeanCost));
        Assert.Equal(0.02, other.Difference, 6);
        // 20 of 1,000 rows: a standard error of √(0.02 · 0.98 / 1000).
        Assert.InRange(other.DifferenceInterval.Low, 0.010, 0.013);
        Assert.InRange(other.DifferenceInterval.High, 0.027, 0.030);
        Assert.True(other.IsToldApart);
    }

    [Fact]
    public void As_many_rows_gained_as_lost_are_not_told_apart()
    {
        var router = Enumerable.Range(0, 1000).Select(i => i % 2.0).ToArray();
        var other = new PolicyRows("other", router.Select((q, i) => i < 100 ? 1 - q : q).ToArray(), 1).Against(router);
        Assert.Equal(0, other.Difference, 9);
        Assert.InRange(other.DifferenceInterval.Low, -0.03, -0.01);
        Assert.False(other.IsToldApart);
    }

    [Fact]
    public void Mixes_count_with_their_mean_on_every_row()
    {
        var mix = PolicyRows.Mix("mix", new PolicyRows("a", [1, 0, 1, 0], 1), new PolicyRows("b", [1, 1, 0, 0], 5), 0.25);
        Assert.Equal([1, 0.25, 0.75, 0], mix.Quality);
        Assert.Equal((2.0, 0.5), (mix.MeanCost, mix.MeanQuality));
    }

    [Fact]
    public void Rows_without_truth_are_left_out_of_differences()
    {
        var half = new PolicyRows("other", [0, double.NaN, 1, 0], 1).Against([1, double.NaN, 1, 0]);
        Assert.Equal(1 / 3.0, half.Difference, 6);
        var none = new PolicyRows("other", [double.NaN], 1).Against([double.NaN]);
        Assert.True(double.IsNaN(none.Difference) && double.IsNaN(none.DifferenceInterval.Low));
        Assert.False(none.IsToldApart);
    }
}
