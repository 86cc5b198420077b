using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>The answer of a route: the weighted mean of its members' scaled maps, as one linear form of the maps themselves.</summary>
/// <param name="Factors">What each member's map is multiplied by: its weight times its scale.</param>
/// <param name="Offset">What is added then: the weighted mean of the offsets.</param>
internal sealed record RouteMix(float[] Factors, float Offset)
{
    /// <summary>The answers of routes.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="weights">Weights of the members of each.</param>
    /// <param name="scaleOf">The scale of a resolution.</param>
    public static IReadOnlyList<RouteMix> Of(IReadOnlyList<Route> routes, IReadOnlyList<float[]> weights, Func<int, PixelScale> scaleOf) => routes
        .Select((route, k) => new RouteMix(
            weights[k].Select((w, m) => w * scaleOf(route.Resolutions[m]).Factor).ToArray(),
            weights[k].Select((w, m) => w * scaleOf(route.Resolutions[m]).Offset).Sum()))
        .ToArray();

    /// <summary>The kept pixels of the answer.</summary>
    /// <param name="observations">The rows.</param>
    /// <param name="task">Says what is kept of them.</param>
    /// <param name="route">The route.</param>
    /// <param name="row">The row.</param>
    /// <param name="target">Takes one number a pixel.</param>
    public void Combine(Observations observations, BoundDenseRegression task, Route route, int row, Span<float> target)
    {
        target.Fill(Offset);
        for (var m = 0; m < Factors.Length; m++)
        {
            TensorPrimitives.MultiplyAdd(task.PixelsOf(observations.Kept(route.Resolutions[m], row)), Factors[m], target, target);
        }
    }
}
