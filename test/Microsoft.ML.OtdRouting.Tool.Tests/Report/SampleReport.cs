using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

/// <summary>A small report with every part filled.</summary>
internal static class SampleReport
{
    /// <summary>One transparent pixel.</summary>
    public const string Pixel =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    /// <summary>A report in which every text is <paramref name="text"/>.</summary>
    public static SweepReport Create(string text) => new(
        text,
        text,
        text,
        "FLOPs",
        [new ResolutionReport("8", text, 5e6, 0.25, 0.8), new ResolutionReport(text, text, 2e7, 1, 0.9)],
        new PolicyPoint("8, calibrated", 2e7, 1, 0.9),
        [Point(0.2, 0.88, text), Point(0.5, 0.9, text), Point(0.9, 0.91, text)],
        1,
        [new PolicyPoint("8", 5e6, 0.25, 0.82), new PolicyPoint(text, 2.5e7, 1.25, 0.92)],
        [text, "dog"],
        [Route("8", 0.25, text), Route(text, 1.25, text)],
        text,
        [ByRoute("8", 30, 0.9), ByRoute(text, 0, null), ByRoute(RouteMeasures.AllRoutes, 30, 0.9)],
        text,
        [new ColourScale(text, text, text, ["#000000", "#ffffff"])],
        [new LossBin(30, 0.01, 0, 0, 0.1), new LossBin(30, 0.3, 0.25, 0.1, 0.4)],
        true,
        [new Phase(text, 12.5, 60), new Phase("write", 0.1, null)],
        new RunReport(text, new DateTime(2024, 2, 29, 12, 0, 0, DateTimeKind.Utc), text, 100, text, text, 60, [new SoftwareVersion(text, text)]),
        "accuracy");

    /// <summary>A point of a curve, whose differences have intervals of 1.5 points to both sides.</summary>
    public static SweepPoint Point(double budget, double accuracy, string route = "10+14", double cascade = 0.85, double calibrated = 0.89)
    {
        AccuracyDifference Against(double value) => new(accuracy - value, accuracy - value - 0.015, accuracy - value + 0.015);
        PolicyPoint At(string name, double value) => new(name, budget * 2e7, budget, value, Against(value));
        return new SweepPoint(
            budget,
            At("routed", accuracy) with { Difference = null },
            accuracy - 0.01,
            accuracy + 0.01,
            At("mix", 0.84),
            At("cascade", cascade),
            At("calibrated cascade", 0.87),
            budget < 0.25 ? null : At("penalty", 0.86),
            new PolicyPoint("28", 2e7, 1, 0.9, Against(0.9)),
            new PolicyPoint("28, calibrated", 2e7, 1, calibrated, Against(calibrated)),
            At("oracle", 0.95),
            0.01,
            0.002,
            0.05,
            0.02,
            0.01,
            [new RouteShare("8", 0.25, 0.6, 0.62), new RouteShare(route, 1.25, 0.4, 0.38)],
            ["100 % 8 first, 2 routes"],
            [new MeasureReport("accuracy", accuracy), new MeasureReport("log loss", null)]);
    }

    private static RouteReport Route(string name, double cost, string text) => new(
        name,
        cost,
        30,
        0.5,
        27,
        [new LossBin(30, 0.1, 0.1, 0.03, 0.2)],
        [new ConfusionCell(0, 0, 15), new ConfusionCell(0, 1, 3), new ConfusionCell(1, 1, 12)],
        [new ExampleImage(Pixel, text, 0, 1, 0.7, 40, 30, [new ExampleBox(1, 2, 3, 4, text, true)], [new ExamplePicture(Pixel, text, false)], text, text)]);

    private static RouteMeasures ByRoute(string name, int rows, double? value) =>
        new(name, rows, rows / 30.0, 2 * rows, [new MeasureReport("accuracy", value), new MeasureReport("log loss", null)]);
}
