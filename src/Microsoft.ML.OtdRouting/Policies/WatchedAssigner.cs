namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Lets a monitor see the rows that another assigner decides.</summary>
internal sealed class WatchedAssigner(RouteAssigner assigner, DriftMonitor monitor) : RouteAssigner
{
    public override void AssignParts(ReadOnlySpan<int> positions, Span<int> parts) => assigner.AssignParts(positions, parts);

    public override void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes)
    {
        assigner.Assign(routeScores, parts, routes);
        monitor.Watch(routeScores, parts);
    }
}
