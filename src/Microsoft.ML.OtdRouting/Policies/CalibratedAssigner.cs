using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Decides every row alone: the route with the largest price minus predicted loss.</summary>
internal sealed class CalibratedAssigner(PolicyMix mix) : RouteAssigner
{
    public override void AssignParts(ReadOnlySpan<int> positions, Span<int> parts)
    {
        for (var row = 0; row < parts.Length; row++)
        {
            parts[row] = mix.PartOf(positions[row]);
        }
    }

    public override void Assign(ReadOnlySpan<float> routeScores, ReadOnlySpan<int> parts, Span<int> routes)
    {
        var count = routes.Length == 0 ? 0 : routeScores.Length / routes.Length;
        for (var row = 0; row < routes.Length; row++)
        {
            routes[row] = ArgMax.Of(routeScores.Slice(row * count, count));
        }
    }
}
