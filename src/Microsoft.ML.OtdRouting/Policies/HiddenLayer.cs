using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>A correction of a linear predictor: <c>V · max(0, U φ + c)</c>.</summary>
/// <param name="Input">U, units × features, row-major.</param>
/// <param name="Bias">c, one number a unit.</param>
/// <param name="Output">V, routes × units, row-major.</param>
internal sealed record HiddenLayer(float[] Input, float[] Bias, float[] Output)
{
    public int Units => Bias.Length;

    /// <summary>The correction of some of the routes.</summary>
    public HiddenLayer Select(IReadOnlyList<int> routes) =>
        this with { Output = routes.SelectMany(k => Output.AsSpan(k * Units, Units).ToArray()).ToArray() };

    /// <summary>The correction times a factor.</summary>
    public HiddenLayer Scale(float factor) => this with { Output = Array.ConvertAll(Output, v => factor * v) };

    /// <summary>Adds the correction to the predicted losses of one image.</summary>
    public void AddTo(ReadOnlySpan<float> features, Span<float> losses)
    {
        Span<float> active = stackalloc float[Units];
        for (var unit = 0; unit < active.Length; unit++)
        {
            active[unit] = MathF.Max(0, TensorPrimitives.Dot(features, Input.AsSpan(unit * features.Length, features.Length)) + Bias[unit]);
        }

        for (var route = 0; route < losses.Length; route++)
        {
            losses[route] += TensorPrimitives.Dot(active, Output.AsSpan(route * Units, Units));
        }
    }
}
