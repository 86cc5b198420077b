using System.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// The fold of an image, from its content: the sum of its pixels, as whole numbers, modulo the number of folds.
/// </summary>
/// <remarks>
/// In fitting, a row's fold says which predictor has not seen it; in use, it says which predictor serves it. Both being the same function of
/// the content, an image in use meets its predictor exactly as a held-out image did, so prices set on held-out predictions are unbiased.
/// Equal images always share a fold. Integer arithmetic makes the fold the same in every implementation, an exported graph included.
/// </remarks>
internal static class RowFold
{
    /// <summary>The fold of an image, from 0 to <paramref name="folds"/> − 1.</summary>
    public static int Of(ReadOnlySpan<float> pixels, int folds)
    {
        var sums = Vector<long>.Zero;
        var i = 0;
        for (; i <= pixels.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(Vector.ConvertToInt32(new Vector<float>(pixels[i..])), out var low, out var high);
            sums += low + high;
        }

        var sum = Vector.Sum(sums);
        for (; i < pixels.Length; i++)
        {
            sum += (int)pixels[i];
        }

        return (int)(((sum % folds) + folds) % folds);
    }
}
