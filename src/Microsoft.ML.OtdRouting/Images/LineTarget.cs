using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Where a filtered line goes, as <c>value · Factor + Offset</c>.</summary>
internal readonly ref struct LineTarget(Span<float> values, float factor, float offset)
{
    /// <summary>The line.</summary>
    public Span<float> Values { get; } = values;

    /// <summary>Writes a vector of values, or as many as the line has room for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector<float> sums, int position)
    {
        var scaled = (sums * factor) + new Vector<float>(offset);
        if (Values.Length >= Vector<float>.Count)
        {
            scaled.StoreUnsafe(ref MemoryMarshal.GetReference(Values), (nuint)position);
            return;
        }

        for (var lane = 0; lane < Values.Length; lane++)
        {
            Values[lane] = scaled[lane];
        }
    }

    /// <summary>Writes the first 16, 8 or 4 values of a vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(Vector512<float> sums, int position, int lanes)
    {
        var scaled = (sums * factor) + Vector512.Create(offset);
        ref var target = ref Unsafe.Add(ref MemoryMarshal.GetReference(Values), position);
        if (lanes == Vector512<float>.Count)
        {
            scaled.StoreUnsafe(ref target);
        }
        else if (lanes == Vector256<float>.Count)
        {
            scaled.GetLower().StoreUnsafe(ref target);
        }
        else
        {
            scaled.GetLower().GetLower().StoreUnsafe(ref target);
        }
    }
}
