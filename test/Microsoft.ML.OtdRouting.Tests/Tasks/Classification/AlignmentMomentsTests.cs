using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

/// <summary>Beside a dense ridge regression in double precision.</summary>
public class AlignmentMomentsTests
{
    private const int Rank = 5;
    private const int Classes = 12;
    private const int Rows = 60;

    private readonly float[][] _own;
    private readonly float[][] _teacher;
    private readonly double[][] _along;
    private readonly float[] _weights;

    public AlignmentMomentsTests()
    {
        var random = new Random(3);
        float[] Draw(int count) => Enumerable.Range(0, count).Select(_ => (float)(4 * random.NextDouble()) - 2).ToArray();
        var directions = Enumerable.Range(0, Rank).Select(_ => Draw(Classes)).ToArray();
        _own = Enumerable.Range(0, Rows).Select(_ => Draw(Classes)).ToArray();
        _teacher = _own.Select(x => x.Zip(Draw(Classes), (a, noise) => (1.7f * a) + (0.4f * noise) + 0.3f).ToArray()).ToArray();
        _along = _own.Select(x => directions.Select(d => d.Zip(x, (a, b) => (double)a * b).Sum()).ToArray()).ToArray();
        _weights = Enumerable.Range(0, Rows).Select(row => 0.5f + (row % 4)).ToArray();
    }

    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(1, 0.5)]
    [InlineData(30, 1)]
    public void The_correction_is_the_ridge_regression(double penalty, double part)
    {
        var correction = Moments(_ => true).Solve(penalty, part)!;
        var (offset, matrix) = Reference(penalty, part);
        AssertClose(offset, correction.Offset);
        AssertClose(matrix, correction.Matrix);
    }

    [Fact]
    public void Without_a_matrix_a_part_of_the_mean_difference_is_left()
    {
        var correction = Moments(_ => true).Solve(double.PositiveInfinity, 0.25)!;
        Assert.Empty(correction.Matrix);
        AssertClose(MeanDifference().Select(d => 0.25 * d).ToArray(), correction.Offset);
        Assert.All(Moments(_ => true).Solve(double.PositiveInfinity, 0)!.Offset, b => Assert.Equal(0, b));
    }

    [Fact]
    public void Sums_of_folds_are_the_sum_of_all()
    {
        var folds = Enumerable.Range(0, 4).Select(fold => Moments(row => row % 4 == fold)).ToList();
        var (all, sum) = (Moments(_ => true).Solve(0.3, 0.5)!, AlignmentMoments.Sum(folds).Solve(0.3, 0.5)!);
        AssertClose(all.Offset.Select(x => (double)x).ToArray(), sum.Offset);
        AssertClose(all.Matrix.Select(x => (double)x).ToArray(), sum.Matrix);
        // Summing has left the folds as they were.
        var third = Moments(row => row % 4 == 2).Solve(0.3, 0.5)!;
        Assert.Equal(third.Matrix, folds[2].Solve(0.3, 0.5)!.Matrix);
    }

    [Fact]
    public void Nothing_is_learned_of_no_rows_of_rows_that_are_alike_or_of_what_contradicts()
    {
        Assert.Null(new AlignmentMoments(Rank, Classes).Solve(1, 0.5));
        var alike = new AlignmentMoments(Rank, Classes);
        alike.Add(new double[Rank], new float[Classes], _teacher[0], 1);
        alike.Add(new double[Rank], new float[Classes], _teacher[1], 1);
        Assert.Null(alike.Solve(1, 0.5));
        var contradicted = new AlignmentMoments(Rank, Classes);
        for (var row = 0; row < Rows; row++)
        {
            contradicted.Add(_along[row], _own[row], _teacher[row].Select(y => -y).ToArray(), 1);
        }

        Assert.Null(contradicted.Solve(1, 0.5));
    }

    private AlignmentMoments Moments(Func<int, bool> has)
    {
        var moments = new AlignmentMoments(Rank, Classes);
        for (var row = 0; row < Rows; row++)
        {
            if (has(row))
            {
                moments.Add(_along[row], _own[row], _teacher[row], _weights[row]);
            }
        }

        return moments;
    }

    private double Mean(Func<int, double> of) => Enumerable.Range(0, Rows).Sum(row => _weights[row] * of(row)) / _weights.Sum(w => (double)w);

    private double Slope()
    {
        double Covariance(float[][] a) => Enumerable.Range(0, Classes).Sum(c =>
            Mean(row => (double)a[row][c] * _own[row][c]) - (Mean(row => a[row][c]) * Mean(row => _own[row][c])));
        return Covariance(_teacher) / Covariance(_own);
    }

    private double[] MeanDifference()
    {
        var slope = Slope();
        return Enumerable.Range(0, Classes).Select(c => Mean(row => (_teacher[row][c] / slope) - _own[row][c])).ToArray();
    }

    /// <summary>Normal equations of the centred data, by Gaussian elimination.</summary>
    private (double[] Offset, double[] Matrix) Reference(double penalty, double part)
    {
        var (slope, difference) = (Slope(), MeanDifference());
        var middle = Enumerable.Range(0, Rank).Select(j => Mean(row => _along[row][j])).ToArray();
        var total = _weights.Sum(w => (double)w);
        double Centred(int row, int j) => _along[row][j] - middle[j];
        var gram = new double[Rank, Rank + Classes];
        for (var i = 0; i < Rank; i++)
        {
            for (var j = 0; j < Rank; j++)
            {
                gram[i, j] = total * Mean(row => Centred(row, i) * Centred(row, j));
            }

            for (var c = 0; c < Classes; c++)
            {
                gram[i, Rank + c] = total * Mean(row => Centred(row, i) * ((_teacher[row][c] / slope) - _own[row][c] - difference[c]));
            }
        }

        var ridge = penalty * Enumerable.Range(0, Rank).Sum(i => gram[i, i]) / Rank;
        for (var i = 0; i < Rank; i++)
        {
            gram[i, i] += ridge;
        }

        for (var pivot = 0; pivot < Rank; pivot++)
        {
            for (var i = 0; i < Rank; i++)
            {
                var factor = i == pivot ? 0 : gram[i, pivot] / gram[pivot, pivot];
                for (var j = 0; j < Rank + Classes; j++)
                {
                    gram[i, j] -= factor * gram[pivot, j];
                }
            }
        }

        double Entry(int j, int c) => gram[j, Rank + c] / gram[j, j];
        return (
            Enumerable.Range(0, Classes).Select(c => (part * difference[c]) - Enumerable.Range(0, Rank).Sum(j => Entry(j, c) * middle[j])).ToArray(),
            Enumerable.Range(0, Rank).SelectMany(j => Enumerable.Range(0, Classes).Select(c => Entry(j, c))).ToArray());
    }

    /// <summary>As near as half precision is.</summary>
    private static void AssertClose(double[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), p => Assert.Equal(p.First, p.Second, 1e-5 + (1e-3 * Math.Abs(p.First))));
    }
}
