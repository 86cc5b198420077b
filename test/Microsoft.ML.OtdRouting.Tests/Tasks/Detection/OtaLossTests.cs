using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>The transport cost of detections, against hand-made cases and all assignments tried out.</summary>
public class OtaLossTests
{
    private static readonly Box Here = new(0, 0, 40, 40);
    private static readonly Box There = new(100, 0, 140, 40);

    private static readonly double Missed = OtaLoss.Positive(0) + 1.5;

    [Fact]
    public void Single_cases_cost_what_their_focal_and_overlap_losses_say()
    {
        Assert.Equal(0, OtaLoss.Of([], []));
        Assert.Equal(Missed, OtaLoss.Of([], [new(Here, 0)]), 1e-6);
        Assert.Equal(OtaLoss.Negative(0.7), OtaLoss.Of([new(Here, 0.7f, 0)], []), 1e-6);
        Assert.Equal(OtaLoss.Positive(0.7), OtaLoss.Of([new(Here, 0.7f, 0)], [new(Here, 0)]), 1e-6);
        // The focal loss of Lin et al. 2017, with α 0.25 and γ 2.
        Assert.Equal(0.25 * 0.3 * 0.3 * -Math.Log(0.7), OtaLoss.Positive(0.7), 1e-12);
        Assert.Equal(0.75 * 0.7 * 0.7 * -Math.Log(0.3), OtaLoss.Negative(0.7), 1e-12);
        // Three quarters of the object.
        Assert.Equal(OtaLoss.Positive(0.7) + (1.5 * 0.25), OtaLoss.Of([new(new Box(0, 0, 30, 40), 0.7f, 0)], [new(Here, 0)], 0.01), 1e-6);
        // Of another class: as much as is lost with both, but for the box.
        Assert.Equal(OtaLoss.Positive(0) + OtaLoss.Negative(0.7), OtaLoss.Of([new(Here, 0.7f, 1)], [new(Here, 0)], 0.01), 1e-6);
        Assert.Equal(Missed + OtaLoss.Negative(0.7), OtaLoss.Of([new(There, 0.7f, 0)], [new(Here, 0)]), 1e-6);
    }

    [Fact]
    public void Crowded_images_do_not_rule_and_what_is_ignored_costs_nothing()
    {
        var many = Enumerable.Range(0, 50).Select(i => new TrueObject(new Box(i * 10, 0, (i * 10) + 10, 10), i % 3)).ToArray();
        Assert.Equal(Missed, OtaLoss.Of([], many), 1e-5);
        Assert.Equal(0, OtaLoss.Of([new(Here, 0.9f, 0), new(new Box(0, 0, 9, 9), 0.9f, 1)], [new(Here, 0, TrueObjectKind.Difficult), new(Here, 1, TrueObjectKind.Crowd)]));
    }

    [Fact]
    public void A_better_box_and_a_better_score_cost_less()
    {
        var last = double.PositiveInfinity;
        foreach (var right in new[] { 15, 20, 25, 30, 35, 40 })
        {
            var loss = OtaLoss.Of([new(new Box(0, 0, right, 40), 0.8f, 0)], [new(Here, 0)]);
            Assert.True(loss < last);
            last = loss;
        }

        last = double.PositiveInfinity;
        foreach (var score in new[] { 0.05f, 0.2f, 0.5f, 0.9f })
        {
            var loss = OtaLoss.Of([new(Here, score, 0)], [new(Here, 0), new(There, 0)]);
            Assert.True(loss < last);
            last = loss;
        }
    }

    [Fact]
    public void It_is_the_cheapest_of_all_assignments()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 200; trial++)
        {
            var objects = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new TrueObject(BoxTests.Drawn(random), random.Next(2))).ToArray();
            var found = Enumerable.Range(0, random.Next(1, 4)).Select(_ => new DetectedObject(BoxTests.Drawn(random), random.Next(5, 96) / 100f, random.Next(2))).ToArray();
            // Where IoUs sum to no more than one, every object takes one.
            if (objects.Any(o => found.Where(d => d.Class == o.Class).Sum(d => d.Box.IoU(o.Box)) >= 2))
            {
                continue;
            }

            var cheapest = Cheapest(found, objects, 0, new bool[objects.Length]) / objects.Length;
            Assert.Equal(cheapest, OtaLoss.Of(found, objects, 0.002), 0.005);
            // The entropic term spreads the plan, which costs no more than ε for each number of choices.
            var spread = OtaLoss.Of(found, objects);
            Assert.InRange(spread, cheapest - 1e-4, cheapest + (0.1 * Math.Log(8) * (found.Length + objects.Length) / objects.Length));
        }
    }

    [Fact]
    public void The_two_by_two_case_is_what_the_solver_gives()
    {
        // A second object that touches nothing but a second detection far away keeps the pair; one with a weak link joins them and makes the solver run.
        DetectedObject near = new(new Box(0, 0, 36, 40), 0.6f, 0);
        var alone = OtaLoss.Of([near], [new(Here, 0)]);
        var weak = new DetectedObject(new Box(0, 0, 4, 4), 0.011f, 1);
        var together = OtaLoss.Of([near, weak], [new(Here, 0)]);
        Assert.InRange(together - alone, 0, 0.02);
    }

    [Fact]
    public void Hundreds_of_objects_in_one_place_are_solved_too()
    {
        var objects = Enumerable.Range(0, 300).Select(i => new TrueObject(new Box(i * 0.1f, 0, 40 + (i * 0.1f), 40), 0)).ToArray();
        var found = Enumerable.Range(0, 100).Select(i => new DetectedObject(new Box(i * 0.3f, 0, 40 + (i * 0.3f), 40), 0.9f, 0)).ToArray();
        var loss = OtaLoss.Of(found, objects);
        Assert.InRange(loss, 0.1, 40 * Missed);
        Assert.Equal(loss, OtaLoss.Of(found, objects));
    }

    private static double Cheapest(DetectedObject[] found, TrueObject[] objects, int j, bool[] taken)
    {
        if (j == found.Length)
        {
            return taken.Count(t => !t) * Missed;
        }

        var one = found[j];
        var best = OtaLoss.Negative(one.Score) + Cheapest(found, objects, j + 1, taken);
        for (var i = 0; i < objects.Length; i++)
        {
            if (!taken[i] && objects[i].Box.Contains(one.Box.CentreX, one.Box.CentreY))
            {
                taken[i] = true;
                var classes = one.Class == objects[i].Class ? OtaLoss.Positive(one.Score) : OtaLoss.Positive(0) + OtaLoss.Negative(one.Score);
                best = Math.Min(best, classes + (1.5 * (1 - one.Box.IoU(objects[i].Box))) + Cheapest(found, objects, j + 1, taken));
                taken[i] = false;
            }
        }

        return best;
    }
}
