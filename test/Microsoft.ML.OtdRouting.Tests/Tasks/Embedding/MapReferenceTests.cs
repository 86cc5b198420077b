using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;

/// <summary>Fitted maps against normal equations that are written down and solved here, in double precision, by elimination.</summary>
public class MapReferenceTests
{
    private const int Folds = 4;

    private static readonly double[] Penalties = [1e-4, 1e-3, 1e-2, 0.1, 1, 10];

    /// <summary>Of other lengths the map is of the embedding, of the same lengths it is of the difference, and rows have weights.</summary>
    [Theory]
    [InlineData(7, 5, true)]
    [InlineData(5, 7, false)]
    [InlineData(6, 6, true)]
    public void A_map_into_the_largest_space_solves_the_normal_equations(int inputs, int outputs, bool hasWeights)
    {
        var random = new Random((10 * inputs) + outputs);
        var truth = Numbers(random, inputs * outputs, 2);
        var (task, rows) = Rows(random, 160, inputs, outputs, hasWeights, new EmbeddingTask { UnitLength = false }, x => Enumerable.Range(0, outputs)
            .Select(j => 0.3f + Enumerable.Range(0, inputs).Sum(i => truth[(j * inputs) + i] * x[i]) + Numbers(random, 1, 0.6)[0])
            .ToArray());
        var map = SpaceMapFit.Fit(rows, task, default)[0]!;
        var all = Enumerable.Range(0, rows.Rows).ToArray();
        int[] Others(int fold) => all.Where(row => rows.Fold(row) != fold).ToArray();

        // The penalty is that of the least held-out distance, which is found here from the equations too.
        var penalty = Penalties.MinBy(p =>
        {
            var byFold = Enumerable.Range(0, Folds).Select(fold => Regress(rows, Others(fold), p)).ToArray();
            return all.Sum(row => rows.Weight(row) * Distance(Apply(byFold[rows.Fold(row)], rows.Kept(0, row)), rows.Kept(1, row)));
        });
        AssertSame(Regress(rows, all, penalty), map.Deployed);
        for (var fold = 0; fold < Folds; fold++)
        {
            AssertSame(Regress(rows, Others(fold), penalty), map.ByFold[fold]);
        }
    }

    [Fact]
    public void Inputs_that_never_vary_are_mapped_to_the_mean()
    {
        var random = new Random(3);
        var (task, rows) = Rows(random, 80, 3, 4, false, new EmbeddingTask { UnitLength = false }, _ => Numbers(random, 4, 1), _ => [1, -2, 0.5f]);
        var map = SpaceMapFit.Fit(rows, task, default)[0]!.Deployed;
        Assert.All(map.Matrix, v => Assert.Equal(0, v, 1e-5f));
        for (var j = 0; j < 4; j++)
        {
            Assert.Equal(Enumerable.Range(0, 80).Average(row => rows.Kept(1, row)[j]), map.Offset[j], 1e-5);
        }
    }

    /// <summary>
    /// Fitted to labels, a map is <c>m + s (A x + b − m)</c> with the mean m of what is mapped: the means and the losses at each factor s are computed here row by row, with a search of
    /// all other rows.
    /// </summary>
    [Fact]
    public void A_map_of_queries_stretches_by_the_factor_that_finds_least_of_other_labels()
    {
        var random = new Random(5);
        var centres = Enumerable.Range(0, 4).Select(_ => Numbers(random, 6, 1)).ToArray();
        var task = new BoundEmbedding(new EmbeddingTask { LabelColumnName = "Label", Loss = EmbeddingLoss.RetrievedLabel, UnitLength = false }, [new(0, 6), new(0, 6)], [null, null]);
        var rows = new Observations(task, 2, Folds, false);
        for (var row = 0; row < 240; row++)
        {
            rows.AddRow(new RowPlace(row % Folds, row), 1)[0] = row % 4;
            // What all images share is most of each.
            var image = centres[row % 4].Zip(Numbers(random, 6, 1.6), (c, n) => 2 + c + n).ToArray();
            rows.AddKept(0, image);
            rows.AddKept(1, image);
        }

        float[] factors = [1, 1.25f, 1.5f, 2];
        var all = Enumerable.Range(0, rows.Rows).ToArray();
        double[] Mean(Func<int, bool> among) => Enumerable.Range(0, 6).Select(i => all.Where(among).Average(row => (double)rows.Kept(0, row)[i])).ToArray();
        var others = Enumerable.Range(0, Folds).Select(fold => Mean(row => rows.Fold(row) != fold)).ToArray();
        var losses = factors.Select(s => all.Select(row => Loss(rows, row, rows.Kept(0, row).ToArray().Select((x, i) => others[rows.Fold(row)][i] + (s * (x - others[rows.Fold(row)][i]))).ToArray())).ToArray()).ToArray();
        var best = Enumerable.Range(1, 3).MinBy(f => losses[f].Average());
        var gains = losses[0].Zip(losses[best], (plain, stretched) => plain - stretched).ToArray();
        Assert.True(gains.Average() > Math.Sqrt(gains.Average(g => Math.Pow(g - gains.Average(), 2)) / gains.Length), "The case is too easy to tell anything.");

        var map = QueryMapFit.Fit(rows, task, default)[0]!;
        var mean = Mean(_ => true);
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal((1 - factors[best]) * mean[i], map.Deployed.Offset[i], 1e-4);
            for (var j = 0; j < 6; j++)
            {
                Assert.Equal(i == j ? factors[best] : 0, map.Deployed.Matrix[(i * 6) + j], 1e-5f);
            }

            Assert.All(Enumerable.Range(0, Folds), fold => Assert.Equal((1 - factors[best]) * others[fold][i], map.ByFold[fold].Offset[i], 1e-4));
        }
    }

    [Fact]
    public void Where_no_factor_finds_more_queries_stay_as_they_are()
    {
        // Every image has a twin of its label far from all others: nothing can be found that is not.
        var task = new BoundEmbedding(new EmbeddingTask { LabelColumnName = "Label", Loss = EmbeddingLoss.RetrievedLabel }, [new(0, 40), new(0, 40)], [null, null]);
        var rows = new Observations(task, 2, Folds, false);
        for (var row = 0; row < 80; row++)
        {
            rows.AddRow(new RowPlace(row % Folds, row), 1)[0] = row / 2;
            var image = new float[40];
            image[row / 2] = 1;
            rows.AddKept(0, image);
            rows.AddKept(1, image);
        }

        Assert.All(QueryMapFit.Fit(rows, task, default), Assert.Null);
    }

    /// <summary>Ridge regression with an intercept: <c>(XᵀWX + λI) A = XᵀWY</c> of centred X and Y, λ a multiple of the mean variance; of the difference where lengths agree.</summary>
    private static (double[,] Matrix, double[] Offset) Regress(Observations rows, int[] of, double penalty)
    {
        var (inputs, outputs) = (rows.Kept(0, 0).Length, rows.Kept(1, 0).Length);
        double X(int row, int i) => rows.Kept(0, row)[i];
        double Y(int row, int j) => rows.Kept(1, row)[j] - (inputs == outputs ? rows.Kept(0, row)[j] : 0);
        var total = of.Sum(row => (double)rows.Weight(row));
        var xMean = Enumerable.Range(0, inputs).Select(i => of.Sum(row => rows.Weight(row) * X(row, i)) / total).ToArray();
        var yMean = Enumerable.Range(0, outputs).Select(j => of.Sum(row => rows.Weight(row) * Y(row, j)) / total).ToArray();
        var system = new double[inputs, inputs + outputs];
        for (var i = 0; i < inputs; i++)
        {
            for (var j = 0; j < inputs; j++)
            {
                system[i, j] = of.Sum(row => rows.Weight(row) * (X(row, i) - xMean[i]) * (X(row, j) - xMean[j]));
            }

            for (var j = 0; j < outputs; j++)
            {
                system[i, inputs + j] = of.Sum(row => rows.Weight(row) * (X(row, i) - xMean[i]) * (Y(row, j) - yMean[j]));
            }
        }

        var ridge = penalty * Enumerable.Range(0, inputs).Sum(i => system[i, i]) / inputs;
        for (var i = 0; i < inputs; i++)
        {
            system[i, i] += ridge;
        }

        Eliminate(system);
        var matrix = new double[outputs, inputs];
        var offset = new double[outputs];
        for (var j = 0; j < outputs; j++)
        {
            for (var i = 0; i < inputs; i++)
            {
                matrix[j, i] = system[i, inputs + j];
            }

            offset[j] = yMean[j] - Enumerable.Range(0, inputs).Sum(i => matrix[j, i] * xMean[i]);
            matrix[j, Math.Min(j, inputs - 1)] += inputs == outputs ? 1 : 0;
        }

        return (matrix, offset);
    }

    /// <summary>Gauss and Jordan, with the largest pivot of each column.</summary>
    private static void Eliminate(double[,] system)
    {
        var (size, width) = (system.GetLength(0), system.GetLength(1));
        for (var column = 0; column < size; column++)
        {
            var pivot = Enumerable.Range(column, size - column).MaxBy(row => Math.Abs(system[row, column]));
            for (var k = 0; k < width; k++)
            {
                (system[column, k], system[pivot, k]) = (system[pivot, k], system[column, k]);
            }

            for (var row = 0; row < size; row++)
            {
                var factor = row == column ? 1 - (1 / system[column, column]) : system[row, column] / system[column, column];
                for (var k = width - 1; k >= 0; k--)
                {
                    system[row, k] -= factor * system[column, k];
                }
            }
        }
    }

    private static double[] Apply((double[,] Matrix, double[] Offset) map, ReadOnlySpan<float> x)
    {
        var y = (double[])map.Offset.Clone();
        for (var j = 0; j < y.Length; j++)
        {
            for (var i = 0; i < x.Length; i++)
            {
                y[j] += map.Matrix[j, i] * x[i];
            }
        }

        return y;
    }

    private static double Distance(double[] mapped, ReadOnlySpan<float> target)
    {
        var (dot, own, other) = (0.0, 0.0, 0.0);
        for (var i = 0; i < mapped.Length; i++)
        {
            dot += mapped[i] * target[i];
            own += mapped[i] * mapped[i];
            other += target[i] * target[i];
        }

        return 1 - (dot / Math.Sqrt(own * other));
    }

    /// <summary>The share of other labels among the ten nearest of the other rows, each weighing one over its rank.</summary>
    private static double Loss(Observations rows, int query, double[] embedding)
    {
        var nearest = Enumerable.Range(0, rows.Rows).Where(row => row != query).OrderBy(row => Distance(embedding, rows.Kept(1, row))).Take(10).ToArray();
        var total = Enumerable.Range(1, 10).Sum(rank => 1.0 / rank);
        return nearest.Select((row, i) => rows.Target(row)[0] == rows.Target(query)[0] ? 0 : 1.0 / (i + 1)).Sum() / total;
    }

    private static void AssertSame((double[,] Matrix, double[] Offset) expected, SpaceMap found)
    {
        Assert.Equal(expected.Matrix.Length, found.Matrix.Length);
        Assert.All(expected.Matrix.Cast<double>().Zip(found.Matrix), v => Assert.Equal(v.First, v.Second, 1e-4));
        Assert.All(expected.Offset.Zip(found.Offset), v => Assert.Equal(v.First, v.Second, 1e-4));
    }

    private static (BoundEmbedding Task, Observations Rows) Rows(
        Random random, int count, int inputs, int outputs, bool hasWeights, EmbeddingTask task, Func<float[], float[]> largest, Func<int, float[]>? own = null)
    {
        var bound = new BoundEmbedding(task, [new(0, inputs), new(0, outputs)], null);
        var rows = new Observations(bound, 2, Folds, hasWeights);
        for (var row = 0; row < count; row++)
        {
            rows.AddRow(new RowPlace(row % Folds, row), hasWeights ? 0.25f + (row % 7) : 1);
            var x = own?.Invoke(row) ?? Numbers(random, inputs, 2).Select(v => v + 0.5f).ToArray();
            rows.AddKept(0, x);
            rows.AddKept(1, largest(x));
        }

        return (bound, rows);
    }

    private static float[] Numbers(Random random, int count, double width) =>
        Enumerable.Range(0, count).Select(_ => (float)(width * (random.NextDouble() - 0.5))).ToArray();
}
