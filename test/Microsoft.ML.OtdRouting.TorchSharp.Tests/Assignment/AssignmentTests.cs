using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Training.Assignment;
using Microsoft.ML.OtdRouting.Training.Networks;

namespace Microsoft.ML.OtdRouting.Training.Tests.Assignment;

/// <summary>Which predictions are of which objects.</summary>
public class AssignmentTests
{
    private const int Classes = 3;

    private static readonly PredictionGrid _grid = new(new InputSize(48, 64), 8);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Transport_is_that_of_the_publication_with_all_predictions_in_the_table(int seed)
    {
        var (values, objects) = Image(seed);
        var owners = Assign(new TransportAssignment(), values, objects);
        var (expected, margin) = Sinkhorn(values, objects);
        Assert.Contains(owners, o => o >= 0);
        for (var j = 0; j < owners.Length; j++)
        {
            // Where two shares are nearly the same, either may be the larger one.
            Assert.True(owners[j] == expected[j] || margin[j] < 1e-3, $"prediction {j} is of {owners[j]}, expected {expected[j]}");
        }
    }

    [Fact]
    public void Predictions_of_an_object_lie_where_it_is_and_transport_leaves_none_without()
    {
        foreach (var assignment in new PredictionAssignment[] { new TransportAssignment(), new CheapestAssignment(), new OverlapAssignment() })
        {
            for (var seed = 0; seed < 20; seed++)
            {
                var (values, objects) = Image(seed);
                var owners = Assign(assignment, values, objects);
                var predictions = new ImagePredictions(values, _grid);
                for (var j = 0; j < owners.Length; j++)
                {
                    Assert.InRange(owners[j], PredictionAssignment.Ignored, objects.Count - 1);
                    Assert.True(
                        assignment is OverlapAssignment || owners[j] < 0 || predictions.IsIn(j, objects[owners[j]].Box) || predictions.IsCentral(j, objects[owners[j]].Box));
                }

                // By other rules than transport an object may lose all that it wants to others.
                Assert.True(assignment is not TransportAssignment || Enumerable.Range(0, objects.Count).All(i => owners.Contains(i)), $"{assignment.GetType().Name}, image {seed}");
            }
        }
    }

    [Fact]
    public void A_prediction_that_is_right_is_the_objects_and_so_are_no_more_than_it_wants()
    {
        var one = new TrueObject(new Box(16, 8, 40, 32), 1);
        var values = Values((_, k) => k < 4 ? 1 : 0.02f);
        var cell = Enumerable.Range(0, _grid.Count).First(j => _grid.X[j] == 28 && _grid.Y[j] == 20);
        Put(values, cell, one.Box);
        Score(values, cell, 1, 0.9f);
        foreach (var assignment in new PredictionAssignment[] { new TransportAssignment(), new CheapestAssignment() })
        {
            var owners = Assign(assignment, values, [one]);
            Assert.Equal(0, owners[cell]);
            Assert.Single(owners, o => o == 0);
        }
    }

    [Fact]
    public void Where_there_is_nothing_all_is_background()
    {
        var (values, _) = Image(1);
        foreach (var assignment in new PredictionAssignment[] { new TransportAssignment(), new CheapestAssignment(), new OverlapAssignment() })
        {
            Assert.All(Assign(assignment, values, []), o => Assert.Equal(PredictionAssignment.Background, o));
        }
    }

    [Fact]
    public void Objects_in_the_same_place_share_what_there_is()
    {
        // Ten objects of which each wants the same predictions, which are too few.
        var (values, _) = Image(3);
        var objects = Enumerable.Range(0, 10).Select(_ => new TrueObject(new Box(20, 20, 22, 22), 0)).ToList();
        var owners = Assign(new TransportAssignment(), values, objects);
        Assert.InRange(owners.Count(o => o >= 0), 1, owners.Length);
    }

    [Fact]
    public void As_many_objects_as_there_are_routes_are_assigned()
    {
        var (values, _) = Image(4);
        var objects = Enumerable.Range(0, TransportAssignment.MostObjects).Select(i => new TrueObject(new Box(i % 8 * 8, i / 8 * 6, (i % 8 * 8) + 7, (i / 8 * 6) + 5), i % Classes)).ToList();
        Assert.True(Assign(new TransportAssignment(), values, objects).Distinct().Count() > 30);
    }

    [Fact]
    public void By_overlap_a_cell_is_the_objects_that_its_square_overlaps_by_half()
    {
        // The square of a cell of stride 8 has a side of 32 pixels.
        var owners = Assign(new OverlapAssignment(), Values((_, _) => 0.5f), [new TrueObject(new Box(12, 4, 44, 36), 0)]);
        for (var j = 0; j < owners.Length; j++)
        {
            var square = Box.OfCentre(_grid.X[j], _grid.Y[j], 4 * _grid.Strides[j], 4 * _grid.Strides[j]);
            var overlap = square.IoU(new Box(12, 4, 44, 36));
            Assert.Equal(overlap >= 0.5 ? 0 : overlap >= 0.4 ? PredictionAssignment.Ignored : PredictionAssignment.Background, owners[j]);
        }
    }

    /// <summary>Plain scaling over the whole table, with a great cost where a prediction may not be the object's: the share that is largest, and by how much.</summary>
    private static (int[] Owners, double[] Margins) Sinkhorn(float[] values, List<TrueObject> objects)
    {
        const double Epsilon = 0.1;
        var predictions = new ImagePredictions(values, _grid);
        var (n, k) = (predictions.Count, objects.Count);
        var (costs, wanted) = (new double[n, k + 1], new double[k + 1]);
        for (var i = 0; i < k; i++)
        {
            var overlaps = new List<double>();
            for (var j = 0; j < n; j++)
            {
                var overlap = predictions.BoxAt(j).IoU(objects[i].Box);
                var score = Math.Clamp(predictions.ScoreAt(j, objects[i].Class), 0.01, 0.99);
                var isNear = predictions.IsIn(j, objects[i].Box) || predictions.IsCentral(j, objects[i].Box);
                var focal = (-0.25 * Math.Pow(1 - score, 2) * Math.Log(score)) + (0.75 * score * score * Math.Log(1 - score));
                costs[j, i] = focal - (1.5 * Math.Log(Math.Max(0.01, overlap))) + (isNear ? 0 : 1e6);
                if (isNear)
                {
                    overlaps.Add(overlap);
                }
            }

            wanted[i] = Math.Max(1, Math.Floor(overlaps.OrderDescending().Take(20).Sum()));
        }

        wanted[k] = n - wanted.Sum();
        var (f, g) = (new double[n], new double[k + 1]);
        for (var step = 0; step < 3000; step++)
        {
            for (var j = 0; j < n; j++)
            {
                f[j] = -Epsilon * LogSum(Enumerable.Range(0, k + 1).Select(i => (g[i] - costs[j, i]) / Epsilon));
            }

            for (var i = 0; i <= k; i++)
            {
                g[i] = Epsilon * (Math.Log(wanted[i]) - LogSum(Enumerable.Range(0, n).Select(j => (f[j] - costs[j, i]) / Epsilon)));
            }
        }

        var (owners, margins) = (new int[n], new double[n]);
        for (var j = 0; j < n; j++)
        {
            var shares = Enumerable.Range(0, k + 1).Select(i => (Share: Math.Exp((f[j] + g[i] - costs[j, i]) / Epsilon), i)).OrderByDescending(s => s.Share).ToList();
            (owners[j], margins[j]) = (shares[0].i == k ? PredictionAssignment.Background : shares[0].i, shares[0].Share - shares[1].Share);
        }

        return (owners, margins);
    }

    private static double LogSum(IEnumerable<double> values)
    {
        var all = values.ToList();
        var top = all.Max();
        return top + Math.Log(all.Sum(v => Math.Exp(v - top)));
    }

    private static int[] Assign(PredictionAssignment assignment, float[] values, IReadOnlyList<TrueObject> objects)
    {
        var owners = new int[_grid.Count];
        assignment.Assign(new ImagePredictions(values, _grid), objects, owners);
        return owners;
    }

    /// <summary>Some objects, and predictions that are boxes around their cells, better near the objects.</summary>
    private static (float[] Values, List<TrueObject> Objects) Image(int seed)
    {
        var random = new Random(seed);
        var objects = Enumerable.Range(0, 1 + random.Next(3)).Select(_ =>
        {
            var (x, y) = (random.Next(0, 40), random.Next(0, 26));
            return new TrueObject(new Box(x, y, x + 8 + random.Next(16), y + 8 + random.Next(14)), random.Next(Classes));
        }).ToList();
        var values = Values((_, _) => 0);
        for (var j = 0; j < _grid.Count; j++)
        {
            var near = objects.MinBy(o => Math.Abs(o.Box.CentreX - _grid.X[j]) + Math.Abs(o.Box.CentreY - _grid.Y[j]));
            Put(values, j, Box.OfCentre(
                _grid.X[j] + random.Next(-3, 4), _grid.Y[j] + random.Next(-3, 4), near.Box.Width * (0.6f + random.NextSingle()), near.Box.Height * (0.6f + random.NextSingle())));
            for (var type = 0; type < Classes; type++)
            {
                Score(values, j, type, 0.02f + (0.9f * random.NextSingle()));
            }
        }

        return (values, objects);
    }

    private static float[] Values(Func<int, int, float> value)
    {
        var values = new float[(4 + Classes) * _grid.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = value(i % _grid.Count, i / _grid.Count);
        }

        return values;
    }

    private static void Put(float[] values, int cell, Box box) =>
        (values[cell], values[_grid.Count + cell], values[(2 * _grid.Count) + cell], values[(3 * _grid.Count) + cell]) = (box.CentreX, box.CentreY, box.Width, box.Height);

    private static void Score(float[] values, int cell, int type, float score) => values[((4 + type) * _grid.Count) + cell] = score;
}
