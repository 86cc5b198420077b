using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

/// <summary>Beside the eigenvectors of the covariance, found by Jacobi rotations in double precision.</summary>
public class PrincipalSubspaceTests
{
    private const int Rows = 300;
    private const int Length = 24;

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(3, 1)]
    [InlineData(8, 1)]
    [InlineData(8, 0)]
    [InlineData(24, 1)]
    public void The_span_holds_nearly_the_most_variance_there_is(int count, double decay)
    {
        var data = Draw(Length, decay, seed: count);
        var directions = Find(data, count);
        Assert.Equal(count * Length, directions.Length);
        var covariance = Covariance(data);
        var best = Eigenvalues(covariance).OrderDescending().Take(count).Sum();
        var captured = Enumerable.Range(0, count).Sum(j => Along(covariance, directions.AsSpan(j * Length, Length)));
        Assert.InRange(captured, 0.99 * best, best * (1 + 1e-5));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(24)]
    [InlineData(40)]
    public void Directions_are_orthonormal_and_no_more_than_there_are_dimensions(int count)
    {
        var directions = Find(Draw(Length, 1, seed: 7), count);
        AssertOrthonormal(directions);
        Assert.Equal(Math.Min(count, Length) * Length, directions.Length);
    }

    [Fact]
    public void Rows_that_span_less_give_fewer_directions()
    {
        var data = Draw(3, 0.3, seed: 8);
        var directions = Find(data, 10);
        Assert.Equal(3 * Length, directions.Length);
        AssertOrthonormal(directions);
        foreach (var row in data)
        {
            var inside = Enumerable.Range(0, 3).Sum(j => Math.Pow(Dot(row, directions.AsSpan(j * Length, Length)), 2));
            Assert.Equal(Dot(row, row), inside, 1e-3 * (1 + Dot(row, row)));
        }

        Assert.Empty(Find(data.Select(_ => new float[Length]).ToArray(), 4));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Threads_change_no_bit(int threads)
    {
        // More groups of directions than one, and callers that take each other's threads away.
        var data = Draw(Length, 0.2, seed: 9);
        var expected = Find(data, 20);
        var found = new float[threads][];
        var callers = Enumerable.Range(0, threads).Select(t => new Thread(() => found[t] = Find(data, 20))).ToList();
        callers.ForEach(c => c.Start());
        callers.ForEach(c => c.Join());
        Assert.All(found, f => Assert.Equal(expected, f));
    }

    [Fact]
    public void Can_be_stopped()
    {
        var data = Draw(Length, 1, seed: 10);
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Throws<OperationCanceledException>(() => PrincipalSubspace.Of(Rows, Length, i => data[i], 3, stopped.Token));
    }

    private static float[] Find(float[][] data, int count) => PrincipalSubspace.Of(data.Length, Length, i => data[i], count, CancellationToken.None);

    /// <summary>Rows about their mean, of a rank, whose variances fall by a power of the number of the direction.</summary>
    private static float[][] Draw(int rank, double decay, int seed)
    {
        var random = new Random(seed);
        var basis = Enumerable.Range(0, rank).Select(_ => Enumerable.Range(0, Length).Select(_ => Normal(random)).ToArray()).ToArray();
        var data = Enumerable.Range(0, Rows).Select(_ =>
        {
            var row = new float[Length];
            for (var j = 0; j < rank; j++)
            {
                var factor = Normal(random) / Math.Pow(j + 1, decay);
                for (var i = 0; i < Length; i++)
                {
                    row[i] += (float)(factor * basis[j][i]);
                }
            }

            return row;
        }).ToArray();
        for (var i = 0; i < Length; i++)
        {
            var mean = data.Average(row => row[i]);
            foreach (var row in data)
            {
                row[i] -= mean;
            }
        }

        return data;
    }

    private static void AssertOrthonormal(float[] directions)
    {
        for (var i = 0; i < directions.Length / Length; i++)
        {
            for (var j = 0; j <= i; j++)
            {
                Assert.Equal(i == j ? 1 : 0, Dot(directions.AsSpan(i * Length, Length), directions.AsSpan(j * Length, Length)), 1e-5);
            }
        }
    }

    private static double[,] Covariance(float[][] data)
    {
        var covariance = new double[Length, Length];
        foreach (var row in data)
        {
            for (var i = 0; i < Length; i++)
            {
                for (var j = 0; j < Length; j++)
                {
                    covariance[i, j] += (double)row[i] * row[j] / data.Length;
                }
            }
        }

        return covariance;
    }

    private static double Along(double[,] covariance, ReadOnlySpan<float> direction)
    {
        var sum = 0.0;
        for (var i = 0; i < Length; i++)
        {
            for (var j = 0; j < Length; j++)
            {
                sum += direction[i] * covariance[i, j] * direction[j];
            }
        }

        return sum;
    }

    /// <summary>Cyclic Jacobi rotations.</summary>
    private static IEnumerable<double> Eigenvalues(double[,] symmetric)
    {
        var a = (double[,])symmetric.Clone();
        for (var sweep = 0; sweep < 30; sweep++)
        {
            for (var p = 0; p < Length; p++)
            {
                for (var q = p + 1; q < Length; q++)
                {
                    var angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]);
                    var (sine, cosine) = Math.SinCos(angle);
                    for (var k = 0; k < Length; k++)
                    {
                        (a[k, p], a[k, q]) = ((cosine * a[k, p]) - (sine * a[k, q]), (sine * a[k, p]) + (cosine * a[k, q]));
                    }

                    for (var k = 0; k < Length; k++)
                    {
                        (a[p, k], a[q, k]) = ((cosine * a[p, k]) - (sine * a[q, k]), (sine * a[p, k]) + (cosine * a[q, k]));
                    }
                }
            }
        }

        return Enumerable.Range(0, Length).Select(i => a[i, i]);
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
