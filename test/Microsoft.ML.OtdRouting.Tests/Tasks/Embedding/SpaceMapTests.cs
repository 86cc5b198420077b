using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Embedding;

/// <summary>Maps into the space of the largest resolution, of embeddings whose map is known.</summary>
public class SpaceMapTests
{
    [Fact]
    public void A_linear_relation_is_found_whatever_the_lengths()
    {
        var random = new Random(11);
        var matrix = Enumerable.Range(0, 6 * 9).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        var (task, rows) = Rows(random, 9, 6, (x, y) => new SpaceMap(matrix, [1, 0, -1, 0.5f, 0, 2]).Apply(x, y), unit: false);
        var map = SpaceMapFit.Fit(rows, task, default)[0]!;
        Assert.All(matrix.Zip(map.Deployed.Matrix), p => Assert.Equal(p.First, p.Second, 2e-3f));
        Assert.Equal(rows.FoldCount, map.ByFold.Count);
    }

    [Fact]
    public void Where_the_spaces_agree_there_is_no_map()
    {
        var random = new Random(12);
        var (task, rows) = Rows(random, 8, 8, (x, y) =>
        {
            for (var i = 0; i < y.Length; i++)
            {
                y[i] = x[i] + (0.3f * (float)(random.NextDouble() - 0.5));
            }
        });
        Assert.All(SpaceMapFit.Fit(rows, task, default), Assert.Null);
    }

    [Fact]
    public void A_turned_space_is_turned_back()
    {
        var random = new Random(13);
        var (task, rows) = Rows(random, 8, 8, (x, y) =>
        {
            for (var i = 0; i < y.Length; i++)
            {
                y[i] = x[(i + 3) % y.Length];
            }
        });
        var settled = (BoundEmbedding)task.Settle(rows, _ => { }, default);
        var model = settled.AsTheyAre(rows, RouteEnumeration.Singles(["a", "b"], [1, 2]));
        var outcomes = model.Outcomes(rows);
        Assert.InRange(outcomes.Losses.Values.Average(), 0, 0.01f);
        Assert.Equal("agreement at 1", settled.QualityName);
    }

    [Fact]
    public void Means_of_members_are_nearer_to_the_largest_resolution_than_any_alone()
    {
        // Two views of the same truth with errors of their own.
        var random = new Random(14);
        var task = new BoundEmbedding(new EmbeddingTask(), [new(0, 8), new(0, 8), new(0, 8)], null);
        var rows = new Observations(task, 3, 5, false);
        for (var row = 0; row < 600; row++)
        {
            rows.AddRow(Place(row), 1);
            var truth = Noise(random, 8, 1);
            rows.AddKept(0, truth.Zip(Noise(random, 8, 0.8), (t, n) => t + n).ToArray());
            rows.AddKept(1, truth.Zip(Noise(random, 8, 0.8), (t, n) => t + n).ToArray());
            rows.AddKept(2, truth);
        }

        var settled = (BoundEmbedding)task.Settle(rows, _ => { }, default);
        var routes = RouteEnumeration.Enumerate(["a", "b", "c"], [1, 2, 8], 0, 2);
        var (_, heldOut) = settled.Fit(rows, 0, routes, default);
        double Loss(string name) => Enumerable.Range(0, 600).Average(row => heldOut.Losses[row, routes.ToList().FindIndex(r => r.Name == name)]);
        Assert.InRange(Loss("a+b"), 0, 0.8 * Loss("a"));
        // With the largest resolution there is nothing to add.
        Assert.InRange(Loss("a+c"), 0, 1e-5);
    }

    private static RowPlace Place(int row) => new(row % 5, row * 31 % 60_000);

    private static float[] Noise(Random random, int length, double scale) =>
        Enumerable.Range(0, length).Select(_ => (float)(scale * (random.NextDouble() - 0.5))).ToArray();

    private static (BoundEmbedding Task, Observations Rows) Rows(Random random, int inputs, int outputs, Relation relation, bool unit = true)
    {
        var task = new BoundEmbedding(new EmbeddingTask { UnitLength = unit }, [new(0, inputs), new(0, outputs)], null);
        var rows = new Observations(task, 2, 5, false);
        for (var row = 0; row < 500; row++)
        {
            rows.AddRow(Place(row), 1);
            var (x, y) = (Noise(random, inputs, 1), new float[outputs]);
            relation(x, y);
            rows.AddKept(0, x);
            rows.AddKept(1, y);
        }

        return (task, rows);
    }

    private delegate void Relation(ReadOnlySpan<float> x, Span<float> y);
}
