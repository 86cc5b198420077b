using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class SweepConclusionTests
{
    private static readonly ResolutionReport _largest = new("28", "net.onnx", 2e7, 1, 0.9);
    private static readonly PolicyPoint _calibrated = new("28, calibrated", 2e7, 1, 0.89);

    [Fact]
    public void The_cheapest_budget_that_reaches_the_largest_resolution_is_named()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.35, 0.901), SampleReport.Point(0.6, 0.93)];
        Assert.Equal(
            "At 35 % of the cost, the router is as accurate as the largest resolution: 90.1 % right, against 90.0 %; a calibrated cascade is right on 87.0 % at no more cost.", SweepConclusion.Of(points, _largest, _calibrated));
    }

    [Fact]
    public void More_is_called_more_where_chance_does_not_explain_it()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.35, 0.92)];
        Assert.Equal(
            "At 35 % of the cost, the router is more accurate than the largest resolution: 92.0 % right, against 90.0 %; a calibrated cascade is right on 87.0 % at no more cost.", SweepConclusion.Of(points, _largest, _calibrated));
        points[1] = points[1] with { AccuracyLow = 0.899 };
        Assert.Contains("the router is as accurate as the largest resolution: 92.0 % right", SweepConclusion.Of(points, _largest, _calibrated));
    }

    [Fact]
    public void A_router_that_stays_below_is_not_praised()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.5, 0.89), SampleReport.Point(0.8, 0.875)];
        Assert.Equal(
            "At 50 % of the cost, the router is right on 89.0 %, 1 point below the largest resolution; a calibrated cascade is right on 87.0 % at no more cost.", SweepConclusion.Of(points, _largest, _calibrated));
    }

    [Fact]
    public void A_router_that_needs_the_whole_cost_is_not_praised()
    {
        SweepPoint[] points = [SampleReport.Point(0.5, 0.85), SampleReport.Point(1.2, 0.92)];
        Assert.Equal(
            "The router is right on 92.0 %, against 90.0 % of the largest resolution, at 120 % of its cost; " +
            "a calibrated cascade is right on 87.0 % at no more cost.", SweepConclusion.Of(points, _largest, _calibrated));
    }

    [Fact]
    public void What_calibration_alone_would_gain_is_not_the_router_s()
    {
        SweepPoint[] points = [SampleReport.Point(0.2, 0.85), SampleReport.Point(0.35, 0.92)];
        Assert.Equal(
            "At 35 % of the cost, the router is right on 92.0 %, 1 point below the largest resolution calibrated on the same images; " +
            "a calibrated cascade is right on 87.0 % at no more cost.",
            SweepConclusion.Of(points, _largest, _calibrated with { Accuracy = 0.93 }));
    }

    [Fact]
    public void The_chosen_budget_is_told_beside_its_rivals() => Assert.Equal(
        "With a budget of 40 % it is right on 91.6 % of 5,000 test images. At no more cost, a cascade of the router's own calibrated ensembles is right on " +
        "87.0 %, a confidence cascade on 92.0 %, the best static mix of resolutions on 84.0 %. The largest resolution is right on 90.0 % as it is, on 89.0 % " +
        "calibrated on the same images.",
        SweepConclusion.Detail(SampleReport.Point(0.4, 0.916, cascade: 0.92), _largest, _calibrated, 5000));

    [Fact]
    public void The_strongest_rival_is_the_one_that_is_named() =>
        Assert.EndsWith("; a confidence cascade is right on 92.0 % at no more cost.", SweepConclusion.Of([SampleReport.Point(0.4, 0.916, cascade: 0.92)], _largest, _calibrated));
}
