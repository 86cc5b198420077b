using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>The largest of some numbers.</summary>
internal static class ArgMax
{
    /// <summary>Index of the largest number; the first of equal ones.</summary>
    /// <param name="values">At least one number.</param>
    public static int Of(ReadOnlySpan<float> values) => TensorPrimitives.IndexOfMax(values);
}
