using FsCheck.Fluent;
using FsCheck;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tests.Numerics;

public class CholeskyFactorTests
{
    [Fact]
    public void Solves_random_positive_definite_systems()
    {
        var cases = Gen.Choose(1, 40).Two().ToArbitrary();
        Prop.ForAll(cases, c =>
        {
            var (size, seed) = c;
            var (matrix, solution, right) = System(size, seed);
            var found = right.ToArray();
            new CholeskyFactor(matrix, size).Solve(found);
            for (var i = 0; i < size; i++)
            {
                Assert.Equal(solution[i], found[i], 1e-8);
            }
        }).Check(Config.QuickThrowOnFailure.WithReplay(3UL, 5UL).WithMaxTest(100));
    }

    [Fact]
    public void Reads_the_lower_triangle_alone()
    {
        var (matrix, solution, right) = System(6, 4);
        for (var row = 0; row < 6; row++)
        {
            for (var column = row + 1; column < 6; column++)
            {
                matrix[(row * 6) + column] = double.NaN;
            }
        }

        new CholeskyFactor(matrix, 6).Solve(right);
        Assert.All(solution.Zip(right), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Theory]
    [InlineData(new double[] { 1, 0, 0, -1 }, "pivot 1")]
    [InlineData(new double[] { 0, 0, 0, 1 }, "pivot 0")]
    [InlineData(new double[] { 1, 0, 1, 1 }, "pivot 1")]
    [InlineData(new double[] { 1, 0, double.NaN, 1 }, "pivot 1")]
    public void Refuses_matrices_that_are_not_positive_definite(double[] matrix, string pivot)
    {
        var e = Assert.Throws<ArithmeticException>(() => new CholeskyFactor(matrix, 2));
        Assert.Contains(pivot, e.Message);
    }

    private static (double[] Matrix, double[] Solution, double[] Right) System(int size, int seed)
    {
        var random = new Random(seed);
        var factor = Enumerable.Range(0, size * size).Select(_ => random.NextDouble() - 0.5).ToArray();
        var matrix = new double[size * size];
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                matrix[(i * size) + j] = (i == j ? 1 : 0) + Enumerable.Range(0, size).Sum(k => factor[(i * size) + k] * factor[(j * size) + k]);
            }
        }

        var solution = Enumerable.Range(0, size).Select(_ => random.NextDouble() - 0.5).ToArray();
        var right = Enumerable.Range(0, size).Select(i => Enumerable.Range(0, size).Sum(j => matrix[(i * size) + j] * solution[j])).ToArray();
        return (matrix, solution, right);
    }
}
