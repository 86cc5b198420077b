using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Weighted sums of rows of an image: the filter across rows. Every position sums its products from the first row to the last, whatever the width of
/// the machine's vectors; multiplication and addition round separately.
/// </summary>
internal static class RowMix
{
    /// <summary>Mixes rows of floats.</summary>
    /// <param name="rows">From the first pixel of the first row on.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="weights">One a row.</param>
    /// <param name="target">The sum, as long as a row.</param>
    public static void Floats(ReadOnlySpan<float> rows, int stride, ReadOnlySpan<float> weights, Span<float> target)
    {
        var width = target.Length;
        var lanes = Vector<float>.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, ((weights.Length - 1) * stride) + width);
        ref var pixels = ref MemoryMarshal.GetReference(rows);
        ref var mixed = ref MemoryMarshal.GetReference(target);
        var x = 0;
        for (; x <= width - (4 * lanes); x += 4 * lanes)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, x);
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            foreach (var value in weights)
            {
                var weight = new Vector<float>(value);
                a += Vector.LoadUnsafe(ref pixel) * weight;
                b += Vector.LoadUnsafe(ref pixel, (nuint)lanes) * weight;
                c += Vector.LoadUnsafe(ref pixel, (nuint)(2 * lanes)) * weight;
                d += Vector.LoadUnsafe(ref pixel, (nuint)(3 * lanes)) * weight;
                pixel = ref Unsafe.Add(ref pixel, stride);
            }

            ref var sum = ref Unsafe.Add(ref mixed, x);
            a.StoreUnsafe(ref sum);
            b.StoreUnsafe(ref sum, (nuint)lanes);
            c.StoreUnsafe(ref sum, (nuint)(2 * lanes));
            d.StoreUnsafe(ref sum, (nuint)(3 * lanes));
        }

        while (x < width && width >= lanes)
        {
            // The last vector repeats some of the one before it instead of reading behind the row.
            x = Math.Min(x, width - lanes);
            ref var pixel = ref Unsafe.Add(ref pixels, x);
            var sum = Vector<float>.Zero;
            foreach (var weight in weights)
            {
                sum += Vector.LoadUnsafe(ref pixel) * weight;
                pixel = ref Unsafe.Add(ref pixel, stride);
            }

            sum.StoreUnsafe(ref mixed, (nuint)x);
            x += lanes;
        }

        for (; x < width; x++)
        {
            var sum = 0f;
            for (var row = 0; row < weights.Length; row++)
            {
                sum += rows[(row * stride) + x] * weights[row];
            }

            target[x] = sum;
        }
    }

    /// <summary>Mixes rows of packed pixels, four bytes each, and takes their first three bytes apart.</summary>
    /// <param name="rows">From the first pixel of the first row on.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="weights">One a row.</param>
    /// <param name="low">The sum of the lowest bytes, as long as a row.</param>
    /// <param name="middle">The sum of the second bytes, as long as a row.</param>
    /// <param name="high">The sum of the third bytes, as long as a row.</param>
    public static void Packed(
        ReadOnlySpan<uint> rows, int stride, ReadOnlySpan<float> weights, Span<float> low, Span<float> middle, Span<float> high)
    {
        var width = low.Length;
        var lanes = Vector<uint>.Count;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, ((weights.Length - 1) * stride) + width);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(middle.Length, high.Length), width);
        ref var pixels = ref MemoryMarshal.GetReference(rows);
        var mask = new Vector<uint>(255);
        var x = 0;
        while (x < width && width >= lanes)
        {
            x = Math.Min(x, width - lanes);
            ref var pixel = ref Unsafe.Add(ref pixels, x);
            var (a, b, c) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            foreach (var value in weights)
            {
                var weight = new Vector<float>(value);
                var packed = Vector.LoadUnsafe(ref pixel);
                a += Vector.ConvertToSingle(Vector.AsVectorInt32(packed & mask)) * weight;
                b += Vector.ConvertToSingle(Vector.AsVectorInt32(Vector.ShiftRightLogical(packed, 8) & mask)) * weight;
                c += Vector.ConvertToSingle(Vector.AsVectorInt32(Vector.ShiftRightLogical(packed, 16) & mask)) * weight;
                pixel = ref Unsafe.Add(ref pixel, stride);
            }

            a.StoreUnsafe(ref MemoryMarshal.GetReference(low), (nuint)x);
            b.StoreUnsafe(ref MemoryMarshal.GetReference(middle), (nuint)x);
            c.StoreUnsafe(ref MemoryMarshal.GetReference(high), (nuint)x);
            x += lanes;
        }

        for (; x < width; x++)
        {
            var (a, b, c) = (0f, 0f, 0f);
            for (var row = 0; row < weights.Length; row++)
            {
                var packed = rows[(row * stride) + x];
                a += (packed & 255) * weights[row];
                b += ((packed >> 8) & 255) * weights[row];
                c += ((packed >> 16) & 255) * weights[row];
            }

            (low[x], middle[x], high[x]) = (a, b, c);
        }
    }
}
