using System.Globalization;
using Microsoft.ML.OtdRouting.Tool.Report;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>How <c>otd sweep</c> shows a curve on the console.</summary>
internal static class SweepTable
{
    /// <summary>Prints the points of the curve and the outcome.</summary>
    public static void Print(IAnsiConsole console, SweepReport report, string? page)
    {
        Table table = new Table().AddColumns("budget", "mean cost", "routed", "calibrated cascade", "cascade", "static mix", "cost penalty", "oracle");
        foreach (TableColumn column in table.Columns)
        {
            column.RightAligned();
        }

        foreach (SweepPoint point in report.Points)
        {
            table.AddRow(
                Budget(point),
                Percent(point.Routed.CostFraction, 1),
                Percent(point.Routed.Accuracy, 2),
                Percent(point.CalibratedCascade.Accuracy, 2),
                Percent(point.Cascade.Accuracy, 2),
                Percent(point.StaticMix.Accuracy, 2),
                point.CostPenalty is { } penalty ? Percent(penalty.Accuracy, 2) : "–",
                Percent(point.Oracle.Accuracy, 2));
        }

        console.Write(table);
        Table differences = new Table().Title("router better by, points (95 %); * told apart").AddColumns("budget", "calibrated cascade", "cascade", "static mix", "cost penalty", "largest", "largest, calibrated");
        foreach (TableColumn column in differences.Columns)
        {
            column.RightAligned();
        }

        foreach (SweepPoint point in report.Points)
        {
            differences.AddRow(
                Budget(point),
                Difference(point.CalibratedCascade),
                Difference(point.Cascade),
                Difference(point.StaticMix),
                Difference(point.CostPenalty),
                Difference(point.Largest),
                Difference(point.LargestCalibrated));
        }

        console.Write(differences);
        Table alone = new Table().AddColumns("resolution", "cost", Markup.Escape(report.Measure));
        foreach (ResolutionReport resolution in report.Resolutions)
        {
            alone.AddRow(Markup.Escape(resolution.Name), Percent(resolution.CostFraction, 1), Percent(resolution.Accuracy, 2));
        }

        alone.AddRow(
            Markup.Escape(report.LargestCalibrated.Name), Percent(report.LargestCalibrated.CostFraction, 1), Percent(report.LargestCalibrated.Accuracy, 2));
        console.Write(alone);
        console.WriteLine(report.Conclusion);
        console.WriteLine(report.Detail);
        if (page is not null)
        {
            console.WriteLine($"Wrote {page}.");
        }
    }

    private static string Budget(SweepPoint point) => $"{(point.Promise is null ? "" : "promised ")}{Percent(point.Budget, 0)}";

    private static string Difference(PolicyPoint? policy) => policy?.Difference is not { } d
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{100 * d.Value:+0.0;-0.0;0.0} ({100 * d.Low:+0.0;-0.0;0.0} to {100 * d.High:+0.0;-0.0;0.0}){(d.IsToldApart ? "*" : " ")}");

    private static string Percent(double fraction, int digits) => (100 * fraction).ToString($"F{digits}", CultureInfo.InvariantCulture) + " %";
}
