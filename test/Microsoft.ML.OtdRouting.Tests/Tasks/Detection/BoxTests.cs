using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>Boxes, suppression and fusion, against counted pixels and cases made by hand.</summary>
public class BoxTests
{
    [Fact]
    public void Overlap_is_that_of_counted_pixels()
    {
        var random = new Random(1);
        for (var trial = 0; trial < 500; trial++)
        {
            var (a, b) = (Drawn(random), Drawn(random));
            int both = 0, either = 0;
            for (var y = 0; y < 20; y++)
            {
                for (var x = 0; x < 20; x++)
                {
                    var (inA, inB) = (a.Contains(x + 0.5f, y + 0.5f), b.Contains(x + 0.5f, y + 0.5f));
                    both += inA && inB ? 1 : 0;
                    either += inA || inB ? 1 : 0;
                }
            }

            Assert.Equal(either == 0 ? 0 : (double)both / either, a.IoU(b), 12);
            Assert.Equal(a.IoU(b), b.IoU(a));
        }

        Assert.Equal(0, new Box(3, 3, 3, 8).IoU(new Box(3, 3, 3, 8)));
        Assert.Equal(0, new Box(5, 5, 2, 2).Area);
    }

    [Fact]
    public void A_threshold_that_boxes_of_whole_pixels_meet_is_met()
    {
        // 13 of 20 pixels: in single precision the quotient is below 0.65.
        Assert.True(new Box(0, 0, 20, 1).IoU(new Box(0, 0, 13, 1)) >= CocoPrecision.Thresholds[3]);
    }

    [Fact]
    public void Suppression_is_greedy_and_by_class()
    {
        List<DetectedObject> found =
        [
            new(new Box(0, 0, 10, 10), 0.6f, 0),
            new(new Box(1, 0, 11, 10), 0.9f, 0), // overlaps the first by 9/11
            new(new Box(1, 0, 11, 10), 0.5f, 1), // of another class
            new(new Box(4, 0, 14, 10), 0.4f, 0), // overlaps the second by 7/13, and the first by 6/14
            new(new Box(50, 50, 60, 60), 0.4f, 0),
        ];
        var all = found.ToList();
        Suppression.Apply(all, 0.5f, 100);
        Assert.Equal([0.9f, 0.5f, 0.4f], all.Select(d => d.Score));
        Assert.Equal(50, all[2].Box.X0);
        var loose = found.ToList();
        Suppression.Apply(loose, 0.6f, 100);
        Assert.Equal([0.9f, 0.5f, 0.4f, 0.4f], loose.Select(d => d.Score));
        Suppression.Apply(loose, 0.6f, 2);
        Assert.Equal([0.9f, 0.5f], loose.Select(d => d.Score));
    }

    [Fact]
    public void What_suppression_leaves_overlaps_no_more_and_covers_all()
    {
        var random = new Random(2);
        for (var trial = 0; trial < 100; trial++)
        {
            var found = Enumerable.Range(0, 40).Select(_ => new DetectedObject(Drawn(random), random.Next(10) / 10f, random.Next(2))).ToList();
            var left = found.ToList();
            Suppression.Apply(left, 0.4f, 100);
            Assert.All(left, a => Assert.All(left, b => Assert.True(a == b || a.Class != b.Class || a.Box.IoU(b.Box) <= 0.4f)));
            Assert.All(found, a => Assert.Contains(left, b => a.Class == b.Class && b.Score >= a.Score && (b == a || a.Box.IoU(b.Box) > 0.4f)));
        }
    }

    [Fact]
    public void Fused_boxes_are_means_and_what_one_model_misses_loses_score()
    {
        List<DetectedObject>[] members =
        [
            [new(new Box(0, 0, 10, 10), 0.8f, 0), new(new Box(30, 30, 40, 40), 0.5f, 0)],
            [new(new Box(2, 0, 12, 10), 0.4f, 0), new(new Box(0, 0, 10, 10), 0.9f, 1)],
        ];
        var fused = BoxFusion.Fuse(members, [1, 1], 0.55f, 100);
        Assert.Equal(3, fused.Count);
        // (0.8 · 0 + 0.4 · 2) / 1.2, mean score 0.6, found by both.
        Assert.Equal(0.6f, fused[0].Score, 1e-6f);
        Assert.Equal(2 / 3f, fused[0].Box.X0, 1e-5f);
        Assert.Equal(10 + (2 / 3f), fused[0].Box.X1, 1e-5f);
        Assert.Equal((0.45f, 1), (fused[1].Score, fused[1].Class));
        Assert.Equal((0.25f, 0), (fused[2].Score, fused[2].Class));

        // Weights 3 and 1: (2.4 + 0.4) / 4.
        var weighted = BoxFusion.Fuse(members, [3, 1], 0.55f, 1);
        Assert.Equal(0.7f, Assert.Single(weighted).Score, 1e-6f);
        Assert.Equal(0.8f / 2.8f, weighted[0].Box.X0, 1e-5f);
        Assert.Empty(BoxFusion.Fuse([[], []], [1, 1], 0.55f, 10));
    }

    [Fact]
    public void What_one_model_finds_twice_is_not_what_two_have_found()
    {
        List<DetectedObject> twice = [new(new Box(0, 0, 10, 10), 0.8f, 0), new(new Box(0, 0, 10, 12), 0.6f, 0)];
        var fused = Assert.Single(BoxFusion.Fuse([twice, []], [1, 1], 0.55f, 100));
        Assert.Equal(new DetectedObject(new Box(0, 0, 10, 10), 0.4f, 0), fused);
    }

    [Fact]
    public void A_resolution_without_weight_leaves_others_what_they_have_found()
    {
        var random = new Random(4);
        for (var trial = 0; trial < 50; trial++)
        {
            List<DetectedObject> Some() => Enumerable.Range(0, 20).Select(_ => new DetectedObject(Drawn(random), random.NextSingle(), random.Next(2))).ToList();
            var (good, bad) = (Some(), Some());
            Suppression.Apply(good, 0.55f, 100);
            var fused = BoxFusion.Fuse([bad, good], [1e-30f, 1], 0.55f, 100);
            Assert.Equal(good.ConvertAll(d => (d.Score, d.Class)), fused.Take(good.Count).Select(d => (d.Score, d.Class)));
            Assert.All(good.Zip(fused), pair => Assert.InRange(pair.First.Box.IoU(pair.Second.Box), 0.9999f, 1));
            Assert.All(fused.Skip(good.Count), d => Assert.InRange(d.Score, 0, 1e-20f));
        }
    }

    internal static Box Drawn(Random random)
    {
        var (x, y) = (random.Next(16), random.Next(16));
        return new Box(x, y, x + random.Next(1, 10), y + random.Next(1, 10)).Within(20, 20);
    }
}
