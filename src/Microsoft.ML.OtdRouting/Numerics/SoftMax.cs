using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>The soft-max of scores.</summary>
internal static class SoftMax
{
    /// <summary>Replaces scores by <c>exp(s) / Σ exp(s)</c>.</summary>
    public static void Apply(Span<float> scores)
    {
        // The library's SoftMax does not subtract the maximum: large scores would overflow.
        TensorPrimitives.Subtract(scores, TensorPrimitives.Max<float>(scores), scores);
        TensorPrimitives.SoftMax(scores, scores);
    }
}
