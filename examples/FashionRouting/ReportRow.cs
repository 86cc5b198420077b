using Microsoft.ML.OtdRouting;

namespace FashionRouting;

/// <summary>One line of the report.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="MeanCost">FLOPs of a picture.</param>
/// <param name="Fraction">Budget, as a fraction of the largest resolution.</param>
/// <param name="Routed">More about a routed run.</param>
public sealed record ReportRow(string Name, double Accuracy, double MeanCost, double Fraction, RoutedReport? Routed);

/// <summary>What is told of a routed run.</summary>
/// <param name="BudgetError">Relative error of the mean cost.</param>
/// <param name="StandardErrors">Mean cost minus that of the fitted plan, in standard errors.</param>
/// <param name="Shares">Share of the pictures by route.</param>
/// <param name="PlannedShares">Share by route in the fitted transport plan.</param>
/// <param name="CollapseIndex">0 when the routes are used as planned, 1 when one takes all.</param>
public sealed record RoutedReport(
    double BudgetError,
    double StandardErrors,
    IReadOnlyDictionary<string, double> Shares,
    IReadOnlyDictionary<string, double> PlannedShares,
    double CollapseIndex)
{
    /// <summary>From the metrics of a run.</summary>
    public static RoutedReport Of(OtdRoutingMetrics metrics) => new(
        metrics.BudgetError,
        metrics.CostStandardError > 0 ? (metrics.MeanCost - metrics.PlannedCost) / metrics.CostStandardError : 0,
        ByRoute(metrics, metrics.RouteShares),
        ByRoute(metrics, metrics.PlannedShares),
        metrics.CollapseIndex);

    private static Dictionary<string, double> ByRoute(OtdRoutingMetrics metrics, IReadOnlyList<double> shares) =>
        metrics.RouteNames.Zip(shares).ToDictionary(pair => pair.First, pair => pair.Second);
}
