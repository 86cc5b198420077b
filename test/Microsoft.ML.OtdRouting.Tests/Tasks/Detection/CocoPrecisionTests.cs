using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>Average precision: cases whose value follows by hand, and another reckoning from the definition.</summary>
public class CocoPrecisionTests
{
    private static readonly Box Here = new(0, 0, 40, 40);
    private static readonly Box There = new(100, 0, 140, 40);

    [Fact]
    public void All_found_is_one_and_nothing_found_is_zero()
    {
        var (all, none) = (new CocoPrecision(), new CocoPrecision());
        all.Add([new(Here, 0.9f, 0), new(There, 0.1f, 1)], [new(Here, 0), new(There, 1)]);
        none.Add([], [new(Here, 0)]);
        Assert.Equal(new PrecisionMeasure(1, 1, 1, 1), all.Measure(AreaRange.All));
        Assert.Equal(new PrecisionMeasure(0, 0, 0, 0), none.Measure(AreaRange.All));
        Assert.True(double.IsNaN(all.Measure(AreaRange.Small).Precision));
        Assert.Equal(1, all.Measure(AreaRange.Medium).Precision);
    }

    [Fact]
    public void A_false_one_above_a_right_one_halves_the_precision_and_below_costs_nothing()
    {
        var above = new CocoPrecision();
        above.Add([new(There, 0.9f, 0), new(Here, 0.8f, 0)], [new(Here, 0)]);
        Assert.Equal(0.5, above.Measure(AreaRange.All).Precision, 12);
        var below = new CocoPrecision();
        below.Add([new(There, 0.7f, 0), new(Here, 0.8f, 0)], [new(Here, 0)]);
        Assert.Equal(1, below.Measure(AreaRange.All).Precision, 12);
    }

    [Fact]
    public void One_of_two_objects_found_has_the_recalls_up_to_a_half()
    {
        var measure = new CocoPrecision();
        measure.Add([new(Here, 0.9f, 0)], [new(Here, 0), new(There, 0)]);
        // Recalls 0.00 to 0.50 are 51 of the 101 points.
        Assert.Equal(51 / 101.0, measure.Measure(AreaRange.All).Precision, 12);
        Assert.Equal(0.5, measure.Measure(AreaRange.All).Recall, 12);
    }

    [Fact]
    public void A_box_counts_up_to_its_overlap()
    {
        var measure = new CocoPrecision();
        measure.Add([new(new Box(0, 0, 30, 40), 0.9f, 0)], [new(Here, 0)]);
        var found = measure.Measure(AreaRange.All);
        // An overlap of 0.75 is enough for 0.50, 0.55, …, 0.75: six of ten.
        Assert.Equal((0.6, 1.0, 1.0), (found.Precision, found.AtHalf, found.AtThreeQuarters));
    }

    [Fact]
    public void An_object_is_found_once_unless_it_is_a_crowd()
    {
        var twice = new CocoPrecision();
        twice.Add([new(Here, 0.9f, 0), new(Here, 0.8f, 0), new(There, 0.7f, 0)], [new(Here, 0), new(There, 0)]);
        // Right, wrong, right: precision 1 up to recall 0.5, then 2/3.
        Assert.Equal((51 + (50 * 2 / 3.0)) / 101, twice.Measure(AreaRange.All).Precision, 12);
        foreach (var kind in new[] { TrueObjectKind.Difficult, TrueObjectKind.Crowd })
        {
            var ignored = new CocoPrecision();
            ignored.Add([new(Here, 0.9f, 0), new(Here, 0.8f, 0), new(There, 0.7f, 0)], [new(Here, 0, kind), new(There, 0)]);
            Assert.Equal(1, ignored.Measure(AreaRange.All).Precision, 12);
        }

        var inside = new CocoPrecision();
        inside.Add([new(new Box(0, 0, 10, 10), 0.9f, 0), new(There, 0.7f, 0)], [new(Here, 0, TrueObjectKind.Crowd), new(There, 0)]);
        Assert.Equal(1, inside.Measure(AreaRange.All).Precision, 12);
        var difficult = new CocoPrecision();
        difficult.Add([new(new Box(0, 0, 10, 10), 0.9f, 0), new(There, 0.7f, 0)], [new(Here, 0, TrueObjectKind.Difficult), new(There, 0)]);
        Assert.Equal(0.5, difficult.Measure(AreaRange.All).Precision, 12);
    }

    [Fact]
    public void Of_an_image_the_first_hundred_of_a_class_count()
    {
        var measure = new CocoPrecision();
        var wrong = Enumerable.Range(0, 100).Select(i => new DetectedObject(There, 0.9f, 0));
        measure.Add([.. wrong, new(Here, 0.5f, 0)], [new(Here, 0)]);
        Assert.Equal(0, measure.Measure(AreaRange.All).Precision);
    }

    [Fact]
    public void Objects_and_detections_of_other_areas_are_ignored()
    {
        var measure = new CocoPrecision();
        var small = new Box(200, 200, 210, 210);
        measure.Add([new(Here, 0.9f, 0), new(small, 0.8f, 0), new(new Box(300, 0, 310, 10), 0.95f, 0)], [new(Here, 0), new(small, 0)]);
        Assert.Equal(1, measure.Measure(AreaRange.Medium).Precision, 12);
        Assert.Equal(0.5, measure.Measure(AreaRange.Small).Precision, 12);
    }

    [Fact]
    public void It_is_what_the_definition_gives()
    {
        var random = new Random(3);
        for (var trial = 0; trial < 40; trial++)
        {
            var images = Enumerable.Range(0, 6).Select(_ =>
            {
                var objects = Enumerable.Range(0, random.Next(5)).Select(_ => new TrueObject(BoxTests.Drawn(random), random.Next(2))).ToList();
                var near = objects.Where(_ => random.Next(4) > 0).Select(o => new DetectedObject(Moved(o.Box, random), random.Next(1, 100) / 100f, o.Class));
                var far = Enumerable.Range(0, random.Next(4)).Select(_ => new DetectedObject(BoxTests.Drawn(random), random.Next(1, 100) / 100f, random.Next(2)));
                return (Found: near.Concat(far).ToList(), Objects: objects);
            }).ToList();
            var measure = new CocoPrecision();
            images.ForEach(i => measure.Add(i.Found, i.Objects));
            var expected = new List<double>();
            foreach (var type in images.SelectMany(i => i.Objects).Select(o => o.Class).Distinct())
            {
                expected.AddRange(CocoPrecision.Thresholds.Select(t => Slow(images, type, t)));
            }

            Assert.Equal(expected.Count == 0 ? double.NaN : expected.Average(), measure.Measure(AreaRange.All).Precision, 10);
        }
    }

    [Fact]
    public void The_precision_of_an_image_counts_strangers_by_their_score()
    {
        TrueObject[] objects = [new(Here, 0)];
        Assert.Equal(1, ImagePrecision.Of([new(Here, 0.9f, 0), new(There, 0.1f, 5)], objects));
        Assert.Equal(0.5f, ImagePrecision.Of([new(There, 0.9f, 5), new(Here, 0.8f, 0)], objects), 1e-6f);
        Assert.Equal(0, ImagePrecision.Of([], objects));
        Assert.Equal(1, ImagePrecision.Of([], []));
        Assert.Equal(0.7f, ImagePrecision.Of([new(Here, 0.3f, 0)], []), 1e-6f);
        Assert.Equal(1, ImagePrecision.Of([new(Here, 0.3f, 0)], [new(Here, 0, TrueObjectKind.Difficult)]));
    }

    /// <summary>
    /// For each recall the largest precision of all cuts of the list that reach it; a detection is right when the free object that it overlaps most is near enough.
    /// </summary>
    private static double Slow(List<(List<DetectedObject> Found, List<TrueObject> Objects)> images, int type, double threshold)
    {
        var count = images.Sum(i => i.Objects.Count(o => o.Class == type));
        var free = images.Select(i => i.Objects.Where(o => o.Class == type).ToList()).ToList();
        var cuts = new List<(double Recall, double Precision)>();
        var (right, seen) = (0, 0);
        foreach (var (image, one) in images.SelectMany((i, n) => i.Found.Where(d => d.Class == type).Select(d => (n, d))).OrderByDescending(x => x.d.Score))
        {
            var candidates = free[image].Where(o => o.Box.IoU(one.Box) >= threshold).OrderBy(o => o.Box.IoU(one.Box)).ToList();
            seen++;
            if (candidates.Count > 0)
            {
                right++;
                free[image].Remove(candidates[^1]);
            }

            cuts.Add(((double)right / count, (double)right / seen));
        }

        return Enumerable.Range(0, 101).Average(r => cuts.Where(c => c.Recall >= r / 100.0).Select(c => c.Precision).DefaultIfEmpty(0).Max());
    }

    private static Box Moved(Box box, Random random) =>
        new(box.X0 + random.Next(-1, 2), box.Y0, box.X1 + random.Next(-1, 2), box.Y1 + random.Next(0, 2));
}
