using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

public class PixelErrorsTests
{
    private static readonly float[] Map = [1.1f, 2.6f, 3, 4.2f, 0.5f];
    private static readonly float[] Reference = [1, 2, float.NaN, 4, 1];

    [Fact]
    public void The_measures_are_those_of_the_formulas()
    {
        var errors = PixelErrors.Of(Task(DenseLoss.SquaredLogarithm, 0.5f), Map, Reference);
        Assert.Equal(4, errors.Count);
        Assert.Equal((0.1 + 0.3 + 0.05 + 0.5) / 4, errors.AbsoluteRelative, 1e-6);
        Assert.Equal((0.01 + 0.36 + 0.04 + 0.25) / 4, errors.Squared, 1e-6);
        Assert.Equal(2 / 4.0, errors.WithinShare);
        double[] logarithms = [Math.Log(1.1), Math.Log(1.3), Math.Log(1.05), Math.Log(0.5)];
        var mean = logarithms.Average();
        Assert.Equal(logarithms.Average(d => d * d) - (0.5 * mean * mean), errors.Loss(Task(DenseLoss.SquaredLogarithm, 0.5f), 1), 1e-6);
        Assert.Equal(errors.AbsoluteRelative, errors.Loss(Task(DenseLoss.AbsoluteRelative), 1));
        Assert.Equal(errors.Squared / 4, errors.Loss(Task(DenseLoss.Squared), 4), 1e-12);
    }

    [Fact]
    public void A_wrong_scale_costs_nothing_where_scale_does_not_count()
    {
        var twice = Reference.Select(t => 2 * t).ToArray();
        Assert.Equal(0, Loss(DenseLoss.SquaredLogarithm, 1, twice), 1e-9);
        Assert.Equal(Math.Pow(Math.Log(2), 2), Loss(DenseLoss.SquaredLogarithm, 0, twice), 1e-6);
        Assert.Equal(1, Loss(DenseLoss.AbsoluteRelative, 0, twice), 1e-6);
        Assert.Equal(0, Loss(DenseLoss.AbsoluteRelative, 0, Reference));
    }

    [Fact]
    public void What_is_off_by_more_than_its_value_is_of_no_quality_and_no_less()
    {
        var task = Task(DenseLoss.AbsoluteRelative);
        Assert.Equal(0, PixelErrors.Of(task, [5, 1, 1], [1, 1, 1]).Quality(task, 1));
        Assert.Equal(0.9, PixelErrors.Of(task, [1.1f], [1]).Quality(task, 1), 1e-6);
        var squares = Task(DenseLoss.Squared);
        Assert.Equal(-7, PixelErrors.Of(squares, [5, -1], [1, -1]).Quality(squares, 1), 1e-6);
    }

    [Fact]
    public void Values_that_have_no_ratio_count_for_squares_alone()
    {
        float[] reference = [-1, 0, 2];
        Assert.Equal(1, PixelErrors.Of(Task(DenseLoss.AbsoluteRelative), [1, 1, 1], reference).Count);
        Assert.Equal(3, PixelErrors.Of(Task(DenseLoss.Squared), [1, 1, 1], reference).Count);
        // A map that an offset has brought below 0 has no logarithm; its loss is large and finite.
        Assert.InRange(PixelErrors.Of(Task(DenseLoss.SquaredLogarithm), [-1, -1, -1], reference).Loss(Task(DenseLoss.SquaredLogarithm), 1), 10, 1000);
    }

    private static double Loss(DenseLoss loss, float invariance, float[] map) =>
        PixelErrors.Of(Task(loss, invariance), map, Reference).Loss(Task(loss, invariance), 1);

    private static DenseRegressionTask Task(DenseLoss loss, float invariance = 0.5f) => new() { Loss = loss, ScaleInvariance = invariance };
}
