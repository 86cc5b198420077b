using System.Buffers;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// What is lost on an image by what was found in it: the cost of the optimal transport between detections and objects, after Ge et al. 2021, "OTA: Optimal
/// transport assignment for object detection", for detections that suppression has left.
/// </summary>
/// <remarks>
/// <para>
/// An object takes as many detections as its IoUs with those of its class sum to that overlap no other object more, of the 20 largest, rounded down, at least one. A detection gives one, to objects
/// in whose box its centre lies, or to the background. An object that gets too few is missed: it takes from nothing, of which there is enough. Costs: of a detection at an
/// object the focal loss of its class and 1.5 · (1 − IoU); a detection of another class pays for its own too, as at the background; an object that takes from
/// nothing pays as for a detection of score 0.01 with IoU 0; nothing at the background is free.
/// </para>
/// <para>
/// The cost of the plan is divided by the number of objects, so that crowded images do not rule. Objects and detections that do not touch are solved apart: in
/// optimal transport that makes no difference. A detection is at no object where that costs more than to miss the object and put the detection to the background.
/// </para>
/// </remarks>
internal static class OtaLoss
{
    private const double Alpha = 0.25;
    private const double IoUWeight = 1.5;
    private const int TopOverlaps = 20;

    /// <summary>What detectors that are trained with the focal loss begin with (Lin et al. 2017); logarithms need some bound.</summary>
    private const double LeastScore = 0.01;

    /// <summary>Strength of the entropic term of the plan, in units of loss.</summary>
    private const double Epsilon = 0.1;

    /// <summary>The background takes a route of its own.</summary>
    private const int MostObjects = LossTable.MaxRoutes - 1;

    private static readonly double Missed = Positive(LeastScore) + IoUWeight;

    /// <summary>The loss.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="objects">What there is. What is found of objects that are ignored costs nothing.</param>
    /// <param name="epsilon">Strength of the entropic term.</param>
    public static float Of(IReadOnlyList<DetectedObject> found, IReadOnlyList<TrueObject> objects, double epsilon = Epsilon)
    {
        var counted = objects.Where(o => !o.IsIgnored).ToArray();
        var ignored = objects.Where(o => o.IsIgnored).ToArray();
        var background = found.Select(d => IsOf(d, ignored) ? 0 : Negative(d.Score)).ToArray();
        var costs = new double[found.Count, counted.Length];
        var parts = new Parts(found.Count, counted.Length);
        for (var j = 0; j < found.Count; j++)
        {
            for (var i = 0; i < counted.Length; i++)
            {
                costs[j, i] = Cost(found[j], counted[i]);
                if (costs[j, i] < Missed + background[j])
                {
                    parts.Join(j, i);
                }
                else
                {
                    costs[j, i] = double.PositiveInfinity;
                }
            }
        }

        var supplies = Supplies(found, counted);
        var total = 0.0;
        foreach (var (detections, taking) in parts.All())
        {
            foreach (var (some, few) in Bounded(detections, taking, costs))
            {
                total += Solve(some, few, costs, background, supplies, epsilon);
            }
        }

        return (float)(total / Math.Max(1, counted.Length));
    }

    /// <summary>Focal loss of a score where there is an object of the class.</summary>
    public static double Positive(double score) => -Alpha * Square(1 - Bounded(score)) * Math.Log(Bounded(score));

    /// <summary>Focal loss of a score where there is none.</summary>
    public static double Negative(double score) => -(1 - Alpha) * Square(Bounded(score)) * Math.Log(1 - Bounded(score));

    private static double Bounded(double score) => Math.Clamp(score, LeastScore, 1 - LeastScore);

    private static double Square(double value) => value * value;

    private static double Cost(in DetectedObject one, in TrueObject of)
    {
        if (!of.Box.Contains(one.Box.CentreX, one.Box.CentreY))
        {
            return double.PositiveInfinity;
        }

        var classes = one.Class == of.Class ? Positive(one.Score) : Positive(0) + Negative(one.Score);
        return classes + (IoUWeight * (1 - one.Box.IoU(of.Box)));
    }

    private static bool IsOf(DetectedObject one, TrueObject[] ignored) => ignored.Any(o => o.Class == one.Class && ObjectMatch.Overlap(one.Box, o) >= 0.5);

    /// <summary>What every object takes. A detection counts for the one that it overlaps most: what is left after suppression is of one object.</summary>
    private static int[] Supplies(IReadOnlyList<DetectedObject> found, TrueObject[] objects)
    {
        var overlaps = objects.Select(_ => new List<double>()).ToArray();
        foreach (var one in found)
        {
            var (best, overlap) = (-1, 0.0);
            for (var i = 0; i < objects.Length; i++)
            {
                if (objects[i].Class == one.Class && one.Box.IoU(objects[i].Box) is var iou && iou > overlap)
                {
                    (best, overlap) = (i, iou);
                }
            }

            if (best >= 0)
            {
                overlaps[best].Add(overlap);
            }
        }

        return Array.ConvertAll(overlaps, o => Math.Max(1, (int)o.OrderDescending().Take(TopOverlaps).Sum()));
    }

    /// <summary>Parts of at most <see cref="MostObjects"/>: of more, every detection stays with the objects around its cheapest one.</summary>
    private static IEnumerable<(IReadOnlyList<int> Detections, IReadOnlyList<int> Objects)> Bounded(IReadOnlyList<int> detections, IReadOnlyList<int> objects, double[,] costs)
    {
        if (objects.Count <= MostObjects)
        {
            yield return (detections, objects);
            yield break;
        }

        var cheapest = detections.ToLookup(j => Enumerable.Range(0, objects.Count).MinBy(i => costs[j, objects[i]]) / MostObjects);
        for (var first = 0; first < objects.Count; first += MostObjects)
        {
            yield return (cheapest[first / MostObjects].ToList(), objects.Skip(first).Take(MostObjects).ToList());
        }
    }

    private static double Solve(
        IReadOnlyList<int> detections, IReadOnlyList<int> objects, double[,] costs, double[] background, int[] supplies, double epsilon)
    {
        if (detections.Count == 0)
        {
            return objects.Sum(i => supplies[i] * Missed);
        }

        if (objects.Count == 0)
        {
            return detections.Sum(j => background[j]);
        }

        var taken = objects.Select(i => (double)supplies[i]).ToArray();
        if (detections.Count == 1 && objects.Count == 1 && taken[0] == 1)
        {
            // Two by two: T₁₁T₂₂ / T₁₂T₂₁ = exp(gain / ε), with T₁₁ = T₂₂ = t and T₁₂ = T₂₁ = 1 − t.
            var (cost, apart) = (costs[detections[0], objects[0]], Missed + background[detections[0]]);
            var together = 1 / (1 + Math.Exp((cost - apart) / (2 * epsilon)));
            return (together * cost) + ((1 - together) * apart);
        }

        var (rows, columns, nothing) = (detections.Count + 1, objects.Count + 1, taken.Sum());
        var table = ArrayPool<double>.Shared.Rent(rows * columns);
        for (var j = 0; j < detections.Count; j++)
        {
            for (var i = 0; i < objects.Count; i++)
            {
                table[(j * columns) + i] = costs[detections[j], objects[i]];
            }

            table[(j * columns) + objects.Count] = background[detections[j]];
        }

        table.AsSpan((rows - 1) * columns, objects.Count).Fill(Missed);
        table[(rows * columns) - 1] = 0;
        var mass = detections.Count + nothing;
        double[] given = [.. Enumerable.Repeat(1 / mass, detections.Count), nothing / mass];
        double[] shares = [.. taken.Select(k => k / mass), detections.Count / mass];
        var problem = TransportProblem.WithRoutePrior(new LossTable(table.AsMemory(0, rows * columns), rows, columns, infinityForbids: true), shares, given);
        var value = new SemiDualNewtonSolver { Epsilon = epsilon, Tolerance = 1e-7, Threads = 1 }.Solve(problem).Value * mass;
        ArrayPool<double>.Shared.Return(table);
        return value;
    }

    /// <summary>Detections and objects that hang together.</summary>
    private sealed class Parts(int detections, int objects)
    {
        private readonly int[] _parents = [.. Enumerable.Range(0, detections + objects)];

        public void Join(int detection, int one) => _parents[Root(detection)] = Root(detections + one);

        public IEnumerable<(IReadOnlyList<int> Detections, IReadOnlyList<int> Objects)> All() =>
            Enumerable.Range(0, detections + objects).GroupBy(Root).Select(part =>
                ((IReadOnlyList<int>)part.Where(n => n < detections).ToList(), (IReadOnlyList<int>)part.Where(n => n >= detections).Select(n => n - detections).ToList()));

        private int Root(int node)
        {
            while (_parents[node] != node)
            {
                node = _parents[node] = _parents[_parents[node]];
            }

            return node;
        }
    }
}
