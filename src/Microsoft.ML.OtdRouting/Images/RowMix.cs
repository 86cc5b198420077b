using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Weighted sums of rows of an image: the filter across rows. Every position sums its products from the first row to the last, and multiplication and
/// addition round separately, so the width of the machine's vectors does not matter.
/// </summary>
internal static class RowMix
{
    /// <summary>Packed rows that are read side by side: with more of them the processor does not see any more what is read next.</summary>
    private const int RowsAtOnce = 4;

    /// <summary>Packed pixels whose sums stay in the fastest cache until all rows are added.</summary>
    private const int PixelsAtOnce = 1024;

    /// <summary>Mixes rows of floats.</summary>
    /// <param name="rows">From the first pixel of the first row on.</param>
    /// <param name="stride">From one row to the next.</param>
    /// <param name="weights">One a row.</param>
    /// <param name="target">The sum, as long as a row.</param>
    public static void Floats(ReadOnlySpan<float> rows, int stride, ReadOnlySpan<float> weights, Span<float> target)
    {
        var width = target.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, ((weights.Length - 1) * stride) + width);
        ref var pixels = ref MemoryMarshal.GetReference(rows);
        ref var mixed = ref MemoryMarshal.GetReference(target);
        var lanes = Vector<float>.Count;
        var x = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            var wide = Vector512<float>.Count;
            for (; x <= width - (4 * wide); x += 4 * wide)
            {
                ref var pixel = ref Unsafe.Add(ref pixels, x);
                var (a, b, c, d) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
                foreach (var value in weights)
                {
                    var weight = Vector512.Create(value);
                    a += Vector512.LoadUnsafe(ref pixel) * weight;
                    b += Vector512.LoadUnsafe(ref pixel, (nuint)wide) * weight;
                    c += Vector512.LoadUnsafe(ref pixel, (nuint)(2 * wide)) * weight;
                    d += Vector512.LoadUnsafe(ref pixel, (nuint)(3 * wide)) * weight;
                    pixel = ref Unsafe.Add(ref pixel, stride);
                }

                ref var sum = ref Unsafe.Add(ref mixed, x);
                a.StoreUnsafe(ref sum);
                b.StoreUnsafe(ref sum, (nuint)wide);
                c.StoreUnsafe(ref sum, (nuint)(2 * wide));
                d.StoreUnsafe(ref sum, (nuint)(3 * wide));
            }

            for (; x <= width - wide; x += wide)
            {
                ref var pixel = ref Unsafe.Add(ref pixels, x);
                var sum = Vector512<float>.Zero;
                foreach (var weight in weights)
                {
                    sum += Vector512.LoadUnsafe(ref pixel) * weight;
                    pixel = ref Unsafe.Add(ref pixel, stride);
                }

                sum.StoreUnsafe(ref mixed, (nuint)x);
            }
        }
        else
        {
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
        for (var x = 0; x < width; x += PixelsAtOnce)
        {
            var count = Math.Min(PixelsAtOnce, width - x);
            var lows = low.Slice(x, count);
            var middles = middle.Slice(x, count);
            var highs = high.Slice(x, count);
            lows.Clear();
            middles.Clear();
            highs.Clear();
            for (var row = 0; row < weights.Length; row += RowsAtOnce)
            {
                var some = weights.Slice(row, Math.Min(RowsAtOnce, weights.Length - row));
                AddPacked(rows[((row * stride) + x)..], stride, some, lows, middles, highs);
            }
        }
    }

    private static void AddPacked(ReadOnlySpan<uint> rows, int stride, ReadOnlySpan<float> weights, Span<float> low, Span<float> middle, Span<float> high)
    {
        var width = low.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(rows.Length, ((weights.Length - 1) * stride) + width);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(middle.Length, high.Length), width);
        ref var pixels = ref MemoryMarshal.GetReference(rows);
        ref var lows = ref MemoryMarshal.GetReference(low);
        ref var middles = ref MemoryMarshal.GetReference(middle);
        ref var highs = ref MemoryMarshal.GetReference(high);
        nuint x = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; (int)x <= width - Vector512<uint>.Count; x += (nuint)Vector512<uint>.Count)
            {
                ref var pixel = ref Unsafe.Add(ref pixels, x);
                var (a, b, c) = (Vector512.LoadUnsafe(ref lows, x), Vector512.LoadUnsafe(ref middles, x), Vector512.LoadUnsafe(ref highs, x));
                var mask = Vector512.Create(255);
                foreach (var value in weights)
                {
                    var weight = Vector512.Create(value);
                    var packed = Vector512.LoadUnsafe(ref pixel).AsInt32();
                    a += Vector512.ConvertToSingle(packed & mask) * weight;
                    b += Vector512.ConvertToSingle(Vector512.ShiftRightLogical(packed, 8) & mask) * weight;
                    c += Vector512.ConvertToSingle(Vector512.ShiftRightLogical(packed, 16) & mask) * weight;
                    pixel = ref Unsafe.Add(ref pixel, stride);
                }

                a.StoreUnsafe(ref lows, x);
                b.StoreUnsafe(ref middles, x);
                c.StoreUnsafe(ref highs, x);
            }
        }

        for (; (int)x <= width - Vector<uint>.Count; x += (nuint)Vector<uint>.Count)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, x);
            var (a, b, c) = (Vector.LoadUnsafe(ref lows, x), Vector.LoadUnsafe(ref middles, x), Vector.LoadUnsafe(ref highs, x));
            var mask = new Vector<int>(255);
            foreach (var value in weights)
            {
                var weight = new Vector<float>(value);
                var packed = Vector.AsVectorInt32(Vector.LoadUnsafe(ref pixel));
                a += Vector.ConvertToSingle(packed & mask) * weight;
                b += Vector.ConvertToSingle(Vector.ShiftRightLogical(packed, 8) & mask) * weight;
                c += Vector.ConvertToSingle(Vector.ShiftRightLogical(packed, 16) & mask) * weight;
                pixel = ref Unsafe.Add(ref pixel, stride);
            }

            a.StoreUnsafe(ref lows, x);
            b.StoreUnsafe(ref middles, x);
            c.StoreUnsafe(ref highs, x);
        }

        for (var i = (int)x; i < width; i++)
        {
            for (var row = 0; row < weights.Length; row++)
            {
                var packed = rows[(row * stride) + i];
                low[i] += (packed & 255) * weights[row];
                middle[i] += ((packed >> 8) & 255) * weights[row];
                high[i] += ((packed >> 16) & 255) * weights[row];
            }
        }
    }
}
