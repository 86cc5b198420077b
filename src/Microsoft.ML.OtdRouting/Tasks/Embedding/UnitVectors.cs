using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Vectors of the length one.</summary>
internal static class UnitVectors
{
    /// <summary>Shorter vectors than this count as zero: they have no direction.</summary>
    public const float LeastLength = 1e-12f;

    /// <summary>Brings a vector to the length one, in place; zeros stay zeros.</summary>
    public static void Normalise(Span<float> vector)
    {
        // The largest number first: squares of large or small ones leave the range of single precision.
        var scale = MathF.Abs(TensorPrimitives.MaxMagnitude<float>(vector));
        if (!(scale > LeastLength))
        {
            vector.Clear();
            return;
        }

        TensorPrimitives.Divide(vector, scale, vector);
        TensorPrimitives.Divide(vector, TensorPrimitives.Norm<float>(vector), vector);
    }
}
