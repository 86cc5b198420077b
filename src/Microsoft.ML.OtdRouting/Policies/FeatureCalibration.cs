using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Calibration;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Restates what the cheapest resolution says in calibrated probabilities: those of the route that consists of it alone. Raw probabilities
/// are a poor measure of doubt, calibrated ones nearly say how often a route errs.
/// </summary>
/// <remarks>
/// Every fold has a pool of its own, fitted to the other folds, and an image is always restated by the pool of its fold. So no image's features
/// have seen its label, and an image in use gets its features exactly as a fitting image did.
/// </remarks>
internal sealed class FeatureCalibration
{
    private readonly LowestResolutionFeatures _features;
    private readonly LogPool[] _pools;

    /// <param name="features">Features with single classes.</param>
    /// <param name="inverseTemperature">1/T of the cheapest resolution.</param>
    /// <param name="pools">For every fold, the pool of the route of the cheapest resolution alone.</param>
    public FeatureCalibration(LowestResolutionFeatures features, float inverseTemperature, LogPool[] pools)
    {
        _features = features;
        InverseTemperature = inverseTemperature;
        _pools = pools;
    }

    /// <summary>1/T of the cheapest resolution.</summary>
    public float InverseTemperature { get; }

    /// <summary>One a fold.</summary>
    public IReadOnlyList<LogPool> Pools => _pools;

    /// <summary>Restates the features of an image in place.</summary>
    public void Apply(Span<float> features, int fold)
    {
        var classes = _features.SingleClasses;
        Span<float> logarithms = stackalloc float[classes];
        Span<float> probabilities = stackalloc float[classes];
        LogProbabilities.Compute(ModelOutputKind.Logits, InverseTemperature, features[..classes], logarithms);
        _pools[fold].Combine(logarithms, probabilities);
        TensorPrimitives.Log(probabilities, logarithms);
        TensorPrimitives.Max(logarithms, LogProbabilities.Least, logarithms);
        _features.Summarise(probabilities, logarithms, features[classes..]);
    }
}
