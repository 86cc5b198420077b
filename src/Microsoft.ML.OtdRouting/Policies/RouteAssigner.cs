namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Turns route scores into routes, a window of rows at a time. One belongs to one pass over the data; it may remember earlier windows.</summary>
internal abstract class RouteAssigner
{
    /// <summary>The assigner of a new pass.</summary>
    /// <param name="enforcement">How it keeps to the budget.</param>
    /// <param name="mix">The policy.</param>
    /// <param name="controller">What controlled passes share; others need none.</param>
    /// <param name="monitor">Watches the rows; null for none.</param>
    public static RouteAssigner Create(
        BudgetEnforcement enforcement, PolicyMix mix, BudgetController? controller = null, DriftMonitor? monitor = null)
    {
        RouteAssigner assigner = enforcement switch
        {
            BudgetEnforcement.PerWindow => new WindowAssigner(mix),
            BudgetEnforcement.Controlled => new ControlledAssigner(mix, controller ?? throw new ArgumentNullException(nameof(controller))),
            _ => new CalibratedAssigner(mix),
        };
        return monitor is null ? assigner : new WatchedAssigner(assigner, monitor);
    }

    /// <summary>Chooses the part of the policy that serves each row of a window. Comes ahead of <see cref="Assign"/>.</summary>
    /// <param name="positions">Positions of the rows in their folds.</param>
    /// <param name="parts">Gets one part a row.</param>
    public abstract void AssignParts(ReadOnlySpan<int> positions, Span<int> parts);

    /// <summary>Chooses the routes of a window.</summary>
    /// <param name="routeScores">Price minus predicted loss, rows × routes; minus infinity for the routes of other parts.</param>
    /// <param name="parts">The part of every row.</param>
    /// <param name="routes">Gets one route a row.</param>
    public abstract void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes);
}
