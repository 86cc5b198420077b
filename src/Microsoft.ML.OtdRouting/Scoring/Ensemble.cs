using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// Combines the resolutions of a route: a weighted mean of calibrated probabilities, <c>p = Σ w_m softmax(z_m / T_m)</c>, with a
/// temperature for every resolution and weights for every route.
/// </summary>
internal sealed class Ensemble
{
    private readonly IReadOnlyList<Route> _routes;
    private readonly ModelOutputKind[] _kinds;
    private readonly float[] _inverseTemperatures;
    private readonly float[][] _weights;

    public Ensemble(IReadOnlyList<Route> routes, ModelOutputKind[] kinds, float[] inverseTemperatures, float[][] weights)
    {
        _routes = routes;
        _kinds = kinds;
        _inverseTemperatures = inverseTemperatures;
        _weights = weights;
    }

    /// <summary>1/T of every resolution.</summary>
    public ReadOnlySpan<float> InverseTemperatures => _inverseTemperatures;

    /// <summary>Weights of the resolutions of a route, in the order of <see cref="Route.Resolutions"/>; they sum to one.</summary>
    public ReadOnlySpan<float> Weights(int route) => _weights[route];

    /// <summary>The ensembled probabilities of an image, in the model's class order.</summary>
    /// <param name="window">Holds the outputs of all resolutions of the route.</param>
    /// <param name="slot">The image.</param>
    /// <param name="route">The route.</param>
    /// <param name="target">One number a class.</param>
    /// <param name="scratch">As long as <paramref name="target"/>.</param>
    public void Mix(ScoringWindow window, int slot, int route, Span<float> target, Span<float> scratch)
    {
        var members = _routes[route].Resolutions;
        var weights = _weights[route];
        for (var m = 0; m < members.Count; m++)
        {
            Probabilities(members[m], window.Output(members[m], slot), scratch);
            Accumulate(scratch, weights[m], target, first: m == 0);
        }
    }

    /// <summary>The calibrated probabilities of one resolution, from its raw output.</summary>
    public void Probabilities(int resolution, ReadOnlySpan<float> output, Span<float> target) =>
        Probabilities(_kinds[resolution], _inverseTemperatures[resolution], output, target);

    /// <summary>Calibrated probabilities <c>softmax(β z)</c>; of probabilities, z is their logarithm.</summary>
    public static void Probabilities(ModelOutputKind kind, float inverseTemperature, ReadOnlySpan<float> output, Span<float> target)
    {
        ToLogits(kind, output, target);
        // The library's SoftMax does not subtract the maximum: large logits would overflow.
        TensorPrimitives.Subtract(target, TensorPrimitives.Max<float>(target), target);
        TensorPrimitives.Multiply(target, inverseTemperature, target);
        TensorPrimitives.SoftMax(target, target);
    }

    /// <summary>Raw outputs as logits: the logarithm of probabilities, kept off minus infinity.</summary>
    public static void ToLogits(ModelOutputKind kind, ReadOnlySpan<float> output, Span<float> target)
    {
        if (kind == ModelOutputKind.Logits)
        {
            output.CopyTo(target);
            return;
        }

        TensorPrimitives.Max(output, 1e-12f, target);
        TensorPrimitives.Log(target, target);
    }

    /// <summary>Adds a weighted member to the mixture.</summary>
    public static void Accumulate(ReadOnlySpan<float> member, float weight, Span<float> target, bool first)
    {
        if (first)
        {
            TensorPrimitives.Multiply(member, weight, target);
        }
        else
        {
            TensorPrimitives.MultiplyAdd(member, weight, target, target);
        }
    }
}
