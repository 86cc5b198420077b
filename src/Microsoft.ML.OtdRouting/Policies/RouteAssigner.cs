namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Turns route scores into routes, a window of rows at a time. One belongs to one pass over the data; it may remember earlier windows.</summary>
internal abstract class RouteAssigner
{
    /// <summary>The assigner of a new pass.</summary>
    public static RouteAssigner Create(BudgetEnforcement enforcement, PriceCalibration calibration, IReadOnlyList<Route> routes) =>
        enforcement == BudgetEnforcement.PerWindow ? new WindowAssigner(calibration, routes) : new CalibratedAssigner();

    /// <summary>Chooses the routes of a window.</summary>
    /// <param name="routeScores">Price minus predicted loss, rows × routes.</param>
    /// <param name="routes">Gets one route a row.</param>
    public abstract void Assign(ReadOnlySpan<float> routeScores, Span<int> routes);
}
