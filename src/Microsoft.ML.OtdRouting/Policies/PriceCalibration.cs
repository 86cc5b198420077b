namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Prices of the routes and what they are expected to do.</summary>
/// <param name="Prices">Price of every route: hard routing takes the largest price minus predicted loss.</param>
/// <param name="Shares">Share of every route in the transport plan on the held-out predictions.</param>
/// <param name="Budget">Mean cost asked for.</param>
/// <param name="MeanCost">Mean cost of the plan; at most the budget.</param>
/// <param name="CostDeviation">Standard deviation of the cost of a row under the plan.</param>
/// <param name="BudgetPrice">What one unit of cost is worth, in units of loss; 0 when the budget does not bind, NaN for a fixed route prior.</param>
/// <param name="Rows">Rows on which the prices were set; of weighted rows, how many equal ones they are worth.</param>
internal sealed record PriceCalibration(
    float[] Prices, double[] Shares, double Budget, double MeanCost, double CostDeviation, double BudgetPrice, int Rows)
{
    /// <summary>Floors and ceilings of the shares where only the mean cost is bound; null for fixed shares.</summary>
    public RouteBounds? Bounds { get; init; }

    /// <summary>
    /// Standard error of a mean cost: both the prices and the new rows are samples, <c>sd · √(1/n_calibration + 1/n)</c>.
    /// </summary>
    /// <param name="deviation">Standard deviation of the cost of a row under the plan.</param>
    /// <param name="calibrationRows">Rows on which the prices were set.</param>
    /// <param name="rows">New rows.</param>
    public static double StandardErrorOf(double deviation, long calibrationRows, long rows) =>
        deviation * Math.Sqrt((1.0 / calibrationRows) + (1.0 / Math.Max(1, rows)));
}
