namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Lets a monitor see the rows that another assigner decides.</summary>
internal sealed class WatchedAssigner(RouteAssigner assigner, DriftMonitor monitor) : RouteAssigner
{
    private int[] _positions = [];

    public override void AssignParts(ReadOnlySpan<int> positions, Span<int> parts)
    {
        if (_positions.Length < positions.Length)
        {
            _positions = new int[positions.Length];
        }

        positions.CopyTo(_positions);
        assigner.AssignParts(positions, parts);
    }

    public override void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes)
    {
        assigner.Assign(routeScores, parts, routes);
        monitor.Watch(routeScores, _positions.AsSpan(0, parts.Length), parts);
    }
}
