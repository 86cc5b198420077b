using System.Numerics;

namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>
/// Where the content of an image puts it: its fold, and its position among the images of its fold, which says which part of a mixed policy serves it.
/// Both come from a multiplicative hash of the sum of its pixels, taken as whole numbers.
/// </summary>
/// <remarks>
/// In fitting, a row's fold says which predictor has not seen it; in use, it says which predictor serves it. Both being the same function of
/// the content, an image in use meets its predictor exactly as a held-out image did, so prices set on held-out predictions are unbiased.
/// Equal images always share a place. Integer arithmetic makes it the same in every implementation, an exported graph included.
/// The hash is needed because sums have divisors: those of grey images are multiples of 3, of black-and-white ones of 255, of enlarged ones of 4,
/// and a bare remainder would put all of them into one fold.
/// </remarks>
/// <param name="Fold">From 0 to the number of folds − 1: <c>⌊h · folds / P⌋</c>, with <c>h = (sum mod P) · A mod P</c>.</param>
/// <param name="Position">From 0 to <see cref="Modulus"/> − 1: <c>h · folds mod P</c>. Even, and independent of the fold.</param>
internal readonly record struct RowPlace(int Fold, int Position)
{
    /// <summary>A prime, so that multiples of anything smaller spread over all remainders.</summary>
    public const long Modulus = 65521;

    /// <summary>The modulus times the golden ratio's inverse: neighbouring sums land far apart (Knuth, TAOCP 3, §6.4).</summary>
    public const long Multiplier = 40503;

    /// <summary>
    /// A number from 0 to below 1 that follows from the place, as if it were drawn at random for every image. What takes a part of the images by it has as many
    /// of each fold as of all images; what took a part by the fold itself would leave its router images of few folds.
    /// </summary>
    /// <param name="seed">Another seed gives another number (finaliser of SplitMix64; Steele, Lea and Flood 2014).</param>
    public double Draw(int seed)
    {
        var hash = ((ulong)((Fold * Modulus) + Position) << 32) + (uint)seed + 0x9E3779B97F4A7C15UL;
        hash = (hash ^ (hash >> 30)) * 0xBF58476D1CE4E5B9UL;
        hash = (hash ^ (hash >> 27)) * 0x94D049BB133111EBUL;
        return ((hash ^ (hash >> 31)) >> 11) / (double)(1UL << 53);
    }

    /// <summary>The place of the same image in another number of folds.</summary>
    /// <param name="folds">The number of folds of this place.</param>
    /// <param name="others">The other number.</param>
    public RowPlace Among(int folds, int others)
    {
        var place = ((Fold * Modulus) + Position) / folds * others;
        return folds == others ? this : new RowPlace((int)(place / Modulus), (int)(place % Modulus));
    }

    /// <summary>The place of an image.</summary>
    public static RowPlace Of(ReadOnlySpan<float> pixels, int folds)
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
        var place = remainder * Multiplier % Modulus * folds;
        return new RowPlace((int)(place / Modulus), (int)(place % Modulus));
    }
}
