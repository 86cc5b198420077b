using System.Buffers;
using Microsoft.ML.OtdRouting.Tasks.Detection;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Training.Assignment;

/// <summary>
/// By optimal transport from objects to predictions (Ge et al. 2021, "OTA: Optimal transport assignment for object detection"): an object gives as many as it wants, the background the rest, and every
/// prediction takes one. It costs the focal loss of the object's class and 1.5 times the negative logarithm of the IoU, in place of the focal loss of nothing at the background. A prediction is the object's, or the background's, that gives it most.
/// </summary>
/// <remarks>
/// Predictions that may be of no object are of the background in any plan, and are left out of the table. Where objects cannot have as many predictions as they want, they give the rest to
/// nothing, at a price above all others.
/// </remarks>
internal sealed class TransportAssignment : PredictionAssignment
{
    /// <summary>The background takes a route of its own.</summary>
    public const int MostObjects = LossTable.MaxRoutes - 1;

    private const double OverlapWeight = 1.5;
    private const int TopOverlaps = 20;
    private const double LeastOverlap = 0.01;

    /// <summary>Above what any prediction costs: the focal loss of 0.01 and the overlap's 6.9.</summary>
    private const double Nothing = 10;

    private readonly SemiDualNewtonSolver _solver = new() { Epsilon = 0.1, Tolerance = 1e-4, Threads = 1 };

    public override void Assign(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, Span<int> owners)
    {
        owners.Fill(Background);
        if (objects.Count == 0)
        {
            return;
        }

        var candidates = Candidates(predictions, objects);
        var (rows, columns) = (candidates.Count + 1, objects.Count + 1);
        var table = ArrayPool<double>.Shared.Rent(rows * columns);
        var supplies = FillCosts(predictions, objects, candidates, table);
        var (given, mass) = (supplies.Sum(), (double)candidates.Count + supplies.Sum());
        table.AsSpan((rows - 1) * columns, objects.Count).Fill(Nothing);
        table[(rows * columns) - 1] = 0;
        double[] shares = [.. supplies.Select(k => k / mass), candidates.Count / mass];
        double[] masses = [.. Enumerable.Repeat(1 / mass, candidates.Count), given / mass];
        var losses = new LossTable(table.AsMemory(0, rows * columns), rows, columns, infinityForbids: true);
        var plan = _solver.Solve(TransportProblem.WithRoutePrior(losses, shares, masses)).Plan;
        Span<double> row = stackalloc double[columns];
        for (var c = 0; c < candidates.Count; c++)
        {
            plan.CopyRow(c, row);
            var best = objects.Count;
            for (var i = 0; i < objects.Count; i++)
            {
                best = row[i] > row[best] ? i : best;
            }

            owners[candidates[c]] = best == objects.Count ? Background : best;
        }

        ArrayPool<double>.Shared.Return(table);
    }

    private static List<int> Candidates(ImagePredictions predictions, IReadOnlyList<TrueObject> objects)
    {
        var candidates = new List<int>();
        for (var j = 0; j < predictions.Count; j++)
        {
            for (var i = 0; i < objects.Count; i++)
            {
                if (MayBe(predictions, j, objects[i].Box))
                {
                    candidates.Add(j);
                    break;
                }
            }
        }

        return candidates;
    }

    private static bool MayBe(ImagePredictions predictions, int cell, in Box box) => predictions.IsIn(cell, box) || predictions.IsCentral(cell, box);

    /// <summary>Costs of the candidates, less what each costs at the background. Returns what the objects want.</summary>
    private static int[] FillCosts(ImagePredictions predictions, IReadOnlyList<TrueObject> objects, List<int> candidates, Span<double> table)
    {
        var columns = objects.Count + 1;
        var supplies = new int[objects.Count];
        var overlaps = new List<double>();
        for (var i = 0; i < objects.Count; i++)
        {
            overlaps.Clear();
            for (var c = 0; c < candidates.Count; c++)
            {
                var (cell, cost) = (candidates[c], double.PositiveInfinity);
                if (MayBe(predictions, cell, objects[i].Box))
                {
                    var overlap = predictions.BoxAt(cell).IoU(objects[i].Box);
                    var score = predictions.ScoreAt(cell, objects[i].Class);
                    cost = OtaLoss.Positive(score) - OtaLoss.Negative(score) - (OverlapWeight * Math.Log(Math.Max(LeastOverlap, overlap)));
                    overlaps.Add(overlap);
                }

                table[(c * columns) + i] = cost;
            }

            supplies[i] = ImagePredictions.Wanted(overlaps, TopOverlaps);
        }

        for (var c = 0; c < candidates.Count; c++)
        {
            table[(c * columns) + objects.Count] = 0;
        }

        return supplies;
    }
}
