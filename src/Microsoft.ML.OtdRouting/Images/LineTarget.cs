using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
}
