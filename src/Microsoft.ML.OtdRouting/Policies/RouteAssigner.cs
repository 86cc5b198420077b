namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Turns route scores into routes, a window of rows at a time. One belongs to one pass over the data; it may remember earlier windows.</summary>
internal abstract class RouteAssigner
{
    /// <summary>The assigner of a new pass.</summary>
    public static RouteAssigner Create(BudgetEnforcement enforcement, PolicyMix mix) =>
        enforcement == BudgetEnforcement.PerWindow ? new WindowAssigner(mix) : new CalibratedAssigner(mix);

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
