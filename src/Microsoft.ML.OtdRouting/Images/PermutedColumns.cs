using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// The filter where two vectors of 16 floats hold all source positions that some neighbouring target positions need: one instruction (AVX-512) picks the
/// t-th source position of each of them. For scales up to 6.4, which is where sizes of models lie.
/// </summary>
internal sealed class PermutedColumns : ColumnFilter
{
    private const int Window = 32;

    private readonly ResizeAxis _axis;
    private readonly int _lanes;
    private readonly Block[] _blocks;
    private readonly int[] _picks;
    private readonly float[] _weights;

    /// <summary>A filter along an axis that <see cref="Fits"/>.</summary>
    public PermutedColumns(ResizeAxis axis)
    {
        _axis = axis;
        _lanes = LanesOf(axis);
        var blocks = new List<Block>();
        var picks = new List<int>();
        var weights = new List<float>();
        foreach (var target in Targets(axis, _lanes))
        {
            var count = Math.Min(_lanes, axis.Target);
            var first = axis.Start(target);
            var taps = Enumerable.Range(target, count).Max(t => axis.Taps(t).Length);
            blocks.Add(new Block(target, first, taps, weights.Count));
            for (var tap = 0; tap < taps; tap++)
            {
                for (var lane = 0; lane < Vector512<float>.Count; lane++)
                {
                    // Lanes without a target position, or with fewer taps, take a pixel of the line with weight zero: what lies behind the line may be anything.
                    var position = target + Math.Min(lane, count - 1);
                    var has = lane < count && tap < axis.Taps(position).Length;
                    picks.Add(axis.Start(position) - first + (has ? tap : 0));
                    weights.Add(has ? axis.Taps(position)[tap] : 0);
                }
            }
        }

        _blocks = [.. blocks];
        _picks = [.. picks];
        _weights = [.. weights];
    }

    /// <inheritdoc/>
    public override int Spare => Window;

    /// <summary>Whether this machine has the instructions, and the scale is small enough.</summary>
    public static bool Fits(ResizeAxis axis) => Avx512F.IsSupported && LanesOf(axis) > 0;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> lines, LineTarget first, LineTarget second, LineTarget third)
    {
        Check(_axis, lines, first, second, third);
        var length = _axis.Source;
        ref var pixels = ref MemoryMarshal.GetReference(lines);
        ref var picks = ref MemoryMarshal.GetArrayDataReference(_picks);
        ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (var block in _blocks)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, block.First);
            var low = Vector512.LoadUnsafe(ref pixel);
            var high = Vector512.LoadUnsafe(ref pixel, Window / 2);
            pixel = ref Unsafe.Add(ref pixel, length);
            var secondLow = Vector512.LoadUnsafe(ref pixel);
            var secondHigh = Vector512.LoadUnsafe(ref pixel, Window / 2);
            pixel = ref Unsafe.Add(ref pixel, length);
            var thirdLow = Vector512.LoadUnsafe(ref pixel);
            var thirdHigh = Vector512.LoadUnsafe(ref pixel, Window / 2);
            var (sum, secondSum, thirdSum) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
            var entry = (nuint)block.Entries;
            for (var tap = 0; tap < block.Taps; tap++)
            {
                var pick = Vector512.LoadUnsafe(ref picks, entry);
                var weight = Vector512.LoadUnsafe(ref weights, entry);
                entry += (nuint)Vector512<float>.Count;
                sum += Avx512F.PermuteVar16x32x2(low, pick, high) * weight;
                secondSum += Avx512F.PermuteVar16x32x2(secondLow, pick, secondHigh) * weight;
                thirdSum += Avx512F.PermuteVar16x32x2(thirdLow, pick, thirdHigh) * weight;
            }

            first.Store(sum, block.Target, _lanes);
            second.Store(secondSum, block.Target, _lanes);
            third.Store(thirdSum, block.Target, _lanes);
        }
    }

    /// <summary>The most target positions at a time, of 16, 8 and 4, whose source positions fit into the window and of which there are so many; 0 if none.</summary>
    private static int LanesOf(ResizeAxis axis)
    {
        for (var lanes = Vector512<float>.Count; lanes >= Vector128<float>.Count; lanes /= 2)
        {
            if (lanes <= axis.Target && Targets(axis, lanes).All(t => axis.End(t + lanes - 1) - axis.Start(t) <= Window))
            {
                return lanes;
            }
        }

        return 0;
    }

    /// <summary>A vector of target positions: the first of them, the first source position that they need, the most taps of one, and where the entries begin.</summary>
    private readonly record struct Block(int Target, int First, int Taps, int Entries);
}
