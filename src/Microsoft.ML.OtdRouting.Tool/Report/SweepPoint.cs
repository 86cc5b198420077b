namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>The router and its baselines at one budget.</summary>
/// <param name="Budget">The budget, as a fraction of the largest resolution.</param>
/// <param name="Routed">The router.</param>
/// <param name="AccuracyLow">Lower end of the 95 % interval of the router's accuracy.</param>
/// <param name="AccuracyHigh">Upper end of the same.</param>
/// <param name="StaticMix">The best random mix of single resolutions at the router's cost.</param>
/// <param name="Cascade">The best confidence cascade at the router's cost.</param>
/// <param name="CalibratedCascade">The best cascade of the router's own calibrated ensembles at the router's cost.</param>
/// <param name="CostPenalty">A predictor trained with a penalty on cost; null without labels in the fit, and where none costs as little as the router.</param>
/// <param name="Largest">The largest resolution alone.</param>
/// <param name="LargestCalibrated">The same, calibrated on the images that the router was fitted on.</param>
/// <param name="Oracle">The transport oracle on the true losses.</param>
/// <param name="BudgetError">Relative error of the mean cost against the budget.</param>
/// <param name="CostStandardError">Standard error of the mean cost, as a fraction of the largest resolution.</param>
/// <param name="CollapseIndex">0 when the routes are used as planned, 1 when one takes all.</param>
/// <param name="Regret">Mean loss of the router minus that of the oracle.</param>
/// <param name="MongeGap">Mean loss of the router minus that of the best assignment with the same shares.</param>
/// <param name="Shares">How the images are spread over the routes.</param>
/// <param name="Parts">The corners that the router is made of at this budget, in words.</param>
/// <param name="Measures">All measures of the task, the primary one first.</param>
/// <param name="Promise">What was promised at this budget and tested on images kept back, in words; null for nothing.</param>
internal sealed record SweepPoint(
    double Budget,
    PolicyPoint Routed,
    double AccuracyLow,
    double AccuracyHigh,
    PolicyPoint StaticMix,
    PolicyPoint Cascade,
    PolicyPoint CalibratedCascade,
    PolicyPoint? CostPenalty,
    PolicyPoint Largest,
    PolicyPoint LargestCalibrated,
    PolicyPoint Oracle,
    double BudgetError,
    double CostStandardError,
    double CollapseIndex,
    double Regret,
    double MongeGap,
    IReadOnlyList<RouteShare> Shares,
    IReadOnlyList<string> Parts,
    IReadOnlyList<MeasureReport> Measures,
    string? Promise = null)
{
    /// <summary>The most accurate of what can be had at the router's cost without it.</summary>
    public PolicyPoint Strongest => new[] { CalibratedCascade, Cascade, StaticMix }.MaxBy(p => p.Accuracy)!;

    /// <summary>The largest resolution as it is or calibrated, whichever is more accurate: what calibration alone would gain is not the router's.</summary>
    public PolicyPoint BestLargest => LargestCalibrated.Accuracy > Largest.Accuracy ? LargestCalibrated : Largest;

    /// <summary>From a comparison.</summary>
    public static SweepPoint Of(OtdRoutingComparison comparison)
    {
        OtdRoutingMetrics metrics = comparison.Metrics;
        double largest = comparison.Resolutions[^1].MeanCost;
        return new SweepPoint(
            metrics.Budget / largest,
            new PolicyPoint("routed", metrics.MeanCost, metrics.MeanCost / largest, metrics.Quality),
            metrics.QualityInterval.Low,
            metrics.QualityInterval.High,
            PolicyPoint.Of(comparison.StaticMix, largest),
            PolicyPoint.Of(comparison.Cascade, largest),
            PolicyPoint.Of(comparison.CalibratedCascade, largest),
            comparison.CostPenalty is { } penalty ? PolicyPoint.Of(penalty, largest) : null,
            PolicyPoint.Of(comparison.Resolutions[^1], largest),
            PolicyPoint.Of(comparison.LargestCalibrated, largest),
            PolicyPoint.Of(comparison.Oracle, largest),
            metrics.BudgetError,
            metrics.CostStandardError / largest,
            metrics.CollapseIndex,
            comparison.Regret,
            comparison.MongeGap,
            [.. metrics.RouteNames.Select((name, k) => new RouteShare(name, metrics.RouteCosts[k] / largest, metrics.RouteShares[k], metrics.PlannedShares[k]))],
            [.. comparison.Parts.Select(p => $"{p}")],
            MeasureReport.Of(metrics.Measures),
            metrics.Promise?.ToString());
    }
}
