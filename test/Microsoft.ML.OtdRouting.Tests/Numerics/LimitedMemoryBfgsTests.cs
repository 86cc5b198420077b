using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class LimitedMemoryBfgsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 10)]
    [InlineData(20, 1000)]
    public void Finds_the_minimum_of_a_quadratic(int size, double condition)
    {
        // ½ xᵀ A x − bᵀ x with a dense A of a known condition number; the minimum solves A x = b.
        var random = new Random(size);
        var a = new double[size * size];
        for (var e = 0; e < size; e++)
        {
            var eigenvalue = Math.Pow(condition, size == 1 ? 0 : (double)e / (size - 1));
            var vector = Enumerable.Range(0, size).Select(i => Math.Sqrt(2.0 / size) * Math.Cos(Math.PI * (e + 0.5) * (i + 0.5) / size)).ToArray();
            for (var i = 0; i < size * size; i++)
            {
                a[i] += eigenvalue * vector[i / size] * vector[i % size];
            }
        }

        var b = Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5).ToArray();
        var expected = b.ToArray();
        new CholeskyFactor(a, size).Solve(expected);

        var found = new double[size];
        LimitedMemoryBfgs.Minimise(
            (point, gradient) =>
            {
                var value = 0.0;
                for (var i = 0; i < size; i++)
                {
                    var product = 0.0;
                    for (var j = 0; j < size; j++)
                    {
                        product += a[(i * size) + j] * point[j];
                    }

                    gradient[i] = product - b[i];
                    value += point[i] * ((0.5 * product) - b[i]);
                }

                return value;
            },
            found,
            tolerance: 0,
            maxIterations: 1000);
        for (var i = 0; i < size; i++)
        {
            Assert.Equal(expected[i], found[i], 1e-6);
        }
    }

    [Fact]
    public void Finds_the_log_odds_of_a_logistic_likelihood()
    {
        // 30 of 40 successes: the minimum of 40 ln(1 + e^x) − 30 x is at ln 3.
        var point = new double[1];
        var value = LimitedMemoryBfgs.Minimise(
            (x, gradient) =>
            {
                gradient[0] = (40 / (1 + Math.Exp(-x[0]))) - 30;
                return (40 * Math.Log(1 + Math.Exp(x[0]))) - (30 * x[0]);
            },
            point,
            tolerance: 1e-14,
            maxIterations: 100);
        Assert.Equal(Math.Log(3), point[0], 1e-5);
        Assert.Equal((40 * Math.Log(4)) - (30 * Math.Log(3)), value, 1e-9);
    }

    [Fact]
    public void Stays_at_a_minimum()
    {
        double[] point = [3, -2];
        LimitedMemoryBfgs.Minimise(
            (x, gradient) =>
            {
                gradient[0] = x[0] - 3;
                gradient[1] = x[1] + 2;
                return 0;
            },
            point,
            1e-9,
            10);
        Assert.Equal([3, -2], point);
    }

    [Fact]
    public void Never_ends_above_its_start()
    {
        // Rosenbrock's function is not convex; the line search must still only go down.
        double[] point = [-1.2, 1];
        var value = LimitedMemoryBfgs.Minimise(
            (x, gradient) =>
            {
                var curve = x[1] - (x[0] * x[0]);
                gradient[0] = (-400 * x[0] * curve) - (2 * (1 - x[0]));
                gradient[1] = 200 * curve;
                return (100 * curve * curve) + ((1 - x[0]) * (1 - x[0]));
            },
            point,
            0,
            200);
        Assert.InRange(value, 0, 1e-8);
        Assert.Equal(1, point[0], 1e-3);
    }
}
