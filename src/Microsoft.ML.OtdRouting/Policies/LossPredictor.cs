using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Predicts the loss of every route from features: <c>ℓ̂ = W φ + b</c>.</summary>
internal sealed class LossPredictor
{
    private readonly float[] _weights;
    private readonly float[] _bias;

    /// <param name="weights">W, routes × features, row-major.</param>
    /// <param name="bias">b, one number a route.</param>
    public LossPredictor(float[] weights, float[] bias)
    {
        _weights = weights;
        _bias = bias;
    }

    public ReadOnlySpan<float> Weights => _weights;

    public ReadOnlySpan<float> Bias => _bias;

    /// <summary>The predictor of some of the routes.</summary>
    public LossPredictor Select(IReadOnlyList<int> routes)
    {
        var features = _weights.Length / _bias.Length;
        return new LossPredictor(
            routes.SelectMany(k => _weights.AsSpan(k * features, features).ToArray()).ToArray(),
            routes.Select(k => _bias[k]).ToArray());
    }

    /// <summary>The predictor of <c>factor·ℓ̂ + offset</c>.</summary>
    public LossPredictor Scale(float factor, IReadOnlyList<float> offsets) =>
        new(Array.ConvertAll(_weights, w => factor * w), _bias.Select((b, k) => (factor * b) + offsets[k]).ToArray());

    /// <summary>Predicted losses of all routes for one image.</summary>
    public void Predict(ReadOnlySpan<float> features, Span<float> losses)
    {
        for (var route = 0; route < _bias.Length; route++)
        {
            losses[route] = TensorPrimitives.Dot(features, _weights.AsSpan(route * features.Length, features.Length)) + _bias[route];
        }
    }
}
