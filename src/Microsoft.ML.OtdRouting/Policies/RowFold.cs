using System.Numerics;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// The fold of an image, from its content: a multiplicative hash of the sum of its pixels, taken as whole numbers.
/// </summary>
/// <remarks>
/// In fitting, a row's fold says which predictor has not seen it; in use, it says which predictor serves it. Both being the same function of
/// the content, an image in use meets its predictor exactly as a held-out image did, so prices set on held-out predictions are unbiased.
/// Equal images always share a fold. Integer arithmetic makes the fold the same in every implementation, an exported graph included.
/// The hash is needed because sums have divisors: those of grey images are multiples of 3, of black-and-white ones of 255, of enlarged ones of 4,
/// and a bare remainder would put all of them into one fold.
/// </remarks>
internal static class RowFold
{
    /// <summary>A prime, so that multiples of anything smaller spread over all remainders.</summary>
    public const long Modulus = 65521;

    /// <summary>The modulus times the golden ratio's inverse: neighbouring sums land far apart (Knuth, TAOCP 3, §6.4).</summary>
    public const long Multiplier = 40503;

    /// <summary>The fold of an image, from 0 to <paramref name="folds"/> − 1: <c>⌊((sum mod P) · A mod P) · folds / P⌋</c>.</summary>
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

        var remainder = ((sum % Modulus) + Modulus) % Modulus;
        return (int)(remainder * Multiplier % Modulus * folds / Modulus);
    }
}
