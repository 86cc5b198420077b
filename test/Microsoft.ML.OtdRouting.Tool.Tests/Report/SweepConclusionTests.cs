using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class SweepConclusionTests
{
    [Fact]
    public void The_cheapest_budget_that_reaches_the_largest_resolution_is_named_and_noise_is_called_noise()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.35, 0.901), SampleReport.Point(0.6, 0.93)];
        Assert.Equal(
            "At 35 % of the cost, the router is as accurate as the largest resolution: 90.1 % right, against 90.0 %, not told apart by 5,000 images; " +
            "a calibrated cascade is right on 87.0 % at no more cost.",
            SweepConclusion.Of(points, 5000, MeasureWords.Accuracy));
    }

    [Fact]
    public void More_is_called_more_where_chance_does_not_explain_it()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.35, 0.92)];
        Assert.Equal(
            "At 35 % of the cost, the router is more accurate than the largest resolution: 92.0 % right, against 90.0 %; " +
            "a calibrated cascade is right on 87.0 % at no more cost.",
            SweepConclusion.Of(points, 5000, MeasureWords.Accuracy));
        points[1] = points[1] with { Largest = points[1].Largest with { Difference = new AccuracyDifference(0.02, -0.001, 0.041) } };
        Assert.Contains(
            "the router is as accurate as the largest resolution: 92.0 % right, against 90.0 %, not told apart by 5,000 images;",
            SweepConclusion.Of(points, 5000, MeasureWords.Accuracy));
    }

    [Fact]
    public void A_router_that_stays_below_is_not_praised()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.5, 0.88), SampleReport.Point(0.8, 0.875)];
        Assert.Equal(
            "At 50 % of the cost, the router is right on 88.0 %, 2.0 points below the largest resolution; " +
            "a calibrated cascade is right on 87.0 % at no more cost, not told apart by 120 images.",
            SweepConclusion.Of(points, 120, MeasureWords.Accuracy));
        Assert.Contains(
            "89.0 %, 1 point below the largest resolution, not told apart by 120 images;", SweepConclusion.Of([SampleReport.Point(0.5, 0.89)], 120, MeasureWords.Accuracy));
    }

    [Fact]
    public void A_router_that_needs_the_whole_cost_is_not_praised()
    {
        SweepPoint[] points = [SampleReport.Point(0.5, 0.85), SampleReport.Point(1.2, 0.92)];
        Assert.Equal(
            "The router is right on 92.0 %, against 90.0 % of the largest resolution, at 120 % of its cost; " +
            "a calibrated cascade is right on 87.0 % at no more cost.",
            SweepConclusion.Of(points, 5000, MeasureWords.Accuracy));
    }

    [Fact]
    public void What_calibration_alone_would_gain_is_not_the_router_s()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85, calibrated: 0.93), SampleReport.Point(0.35, 0.91, calibrated: 0.93)];
        Assert.Equal(
            "At 35 % of the cost, the router is right on 91.0 %, 2.0 points below the largest resolution calibrated on the same images; " +
            "a calibrated cascade is right on 87.0 % at no more cost.",
            SweepConclusion.Of(points, 5000, MeasureWords.Accuracy));
    }

    [Fact]
    public void The_chosen_budget_is_told_beside_its_rivals() => Assert.Equal(
        "With a budget of 40 % it is right on 91.6 % of 5,000 test images. At no more cost, a cascade of the router's own calibrated ensembles is right on " +
        "87.0 %, a confidence cascade on 94.0 %, the best static mix of resolutions on 84.0 %. The largest resolution is right on 90.0 % as it is, on 91.0 % " +
        "calibrated on the same images. Image by image, the router is more accurate than the cascade of ensembles, the static mix and the largest resolution; " +
        "less accurate than the confidence cascade; not told apart from the largest one calibrated.",
        SweepConclusion.Detail(SampleReport.Point(0.4, 0.916, cascade: 0.94, calibrated: 0.91), 5000, MeasureWords.Accuracy));

    [Fact]
    public void Where_nothing_is_told_apart_it_is_said_of_both() => Assert.Equal(
        "At 40 % of the cost, the router is as accurate as the largest resolution: 90.5 % right, against 90.0 %, not told apart by 300 images; " +
        "a confidence cascade is right on 91.0 % at no more cost, not told apart either.",
        SweepConclusion.Of([SampleReport.Point(0.4, 0.905, cascade: 0.91)], 300, MeasureWords.Accuracy));

    [Fact]
    public void The_strongest_rival_is_the_one_that_is_named() => Assert.EndsWith(
        "; a confidence cascade is right on 92.0 % at no more cost, not told apart by 5,000 images.",
        SweepConclusion.Of([SampleReport.Point(0.4, 0.916, cascade: 0.92)], 5000, MeasureWords.Accuracy));

    [Fact]
    public void Other_measures_are_told_by_their_name()
    {
        MeasureWords words = MeasureWords.Of("recall at 1");
        Assert.Equal(
            "At 35 % of the cost, the router is better than the largest resolution: recall at 1 92.0 %, against 90.0 %; a calibrated cascade reaches 87.0 % at no more cost.",
            SweepConclusion.Of([SampleReport.Point(0.35, 0.92)], 5000, words));
        Assert.StartsWith(
            "With a budget of 40 % its recall at 1 is 91.6 % on 5,000 test images. At no more cost, a cascade of the router's own calibrated ensembles reaches 87.0 %, a confidence cascade 94.0 %,",
            SweepConclusion.Detail(SampleReport.Point(0.4, 0.916, cascade: 0.94), 5000, words));
        Assert.Contains("; worse than the confidence cascade;", SweepConclusion.Detail(SampleReport.Point(0.4, 0.916, cascade: 0.94, calibrated: 0.91), 5000, words));
    }
}
