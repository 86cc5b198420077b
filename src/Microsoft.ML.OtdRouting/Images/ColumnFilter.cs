using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Filters lines along their length, a vector of neighbouring target positions at a time: every source position that any of them needs is multiplied
/// with a vector of weights, of which some are zero. So there is nothing to transpose or to gather, and every target position sums its products from
/// the first source position to the last, whatever the width of the machine's vectors. Multiplication and addition round separately, as machines
/// without fused ones do.
/// </summary>
/// <remarks>Immutable and safe for concurrent use.</remarks>
internal sealed class ColumnFilter
{
    /// <summary>Lines that are filtered together, so that a vector of weights is read once for all of them.</summary>
    public const int Lines = 3;

    private readonly ResizeAxis _axis;
    private readonly Block[] _blocks;
    private readonly float[] _weights;

    /// <summary>A filter along an axis.</summary>
    public ColumnFilter(ResizeAxis axis)
    {
        _axis = axis;
        var lanes = Vector<float>.Count;
        var blocks = new List<Block>();
        var weights = new List<float>();
        for (var next = 0; next < axis.Target; next += lanes)
        {
            // The last block ends at the last target position and repeats some of the block before it, if there is one.
            var target = Math.Max(0, Math.Min(next, axis.Target - lanes));
            var last = Math.Min(target + lanes, axis.Target) - 1;
            var (first, end) = (axis.Start(target), axis.End(last));
            blocks.Add(new Block(target, first, end - first, weights.Count));
            for (var source = first; source < end; source++)
            {
                for (var lane = 0; lane < lanes; lane++)
                {
                    weights.Add(target + lane <= last ? Weight(target + lane, source) : 0);
                }
            }
        }

        _blocks = [.. blocks];
        _weights = [.. weights];
    }

    /// <summary>Filters <see cref="Lines"/> lines.</summary>
    /// <param name="lines">The lines one after another, each as long as the axis' source.</param>
    /// <param name="first">Where the first line goes.</param>
    /// <param name="second">Where the second line goes.</param>
    /// <param name="third">Where the third line goes.</param>
    public void Apply(ReadOnlySpan<float> lines, LineTarget first, LineTarget second, LineTarget third)
    {
        var length = _axis.Source;
        // Checked once instead of at every position: no block reads behind a line's end or writes behind a target's.
        ArgumentOutOfRangeException.ThrowIfLessThan(lines.Length, Lines * length);
        ArgumentOutOfRangeException.ThrowIfLessThan(Math.Min(first.Values.Length, Math.Min(second.Values.Length, third.Values.Length)), _axis.Target);
        ref var pixels = ref MemoryMarshal.GetReference(lines);
        ref var table = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (var block in _blocks)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, block.First);
            ref var secondPixel = ref Unsafe.Add(ref pixel, length);
            ref var thirdPixel = ref Unsafe.Add(ref secondPixel, length);
            var (sum, secondSum, thirdSum) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            var weight = (nuint)block.Weights;
            for (nint i = 0; i < block.Length; i++)
            {
                var weights = Vector.LoadUnsafe(ref table, weight);
                weight += (nuint)Vector<float>.Count;
                sum += new Vector<float>(Unsafe.Add(ref pixel, i)) * weights;
                secondSum += new Vector<float>(Unsafe.Add(ref secondPixel, i)) * weights;
                thirdSum += new Vector<float>(Unsafe.Add(ref thirdPixel, i)) * weights;
            }

            first.Store(sum, block.Target);
            second.Store(secondSum, block.Target);
            third.Store(thirdSum, block.Target);
        }
    }

    private float Weight(int target, int source)
    {
        var tap = source - _axis.Start(target);
        return tap >= 0 && tap < _axis.Taps(target).Length ? _axis.Taps(target)[tap] : 0;
    }

    /// <summary>A vector of target positions: the first of them, the source positions that they need, and where their weights begin.</summary>
    private readonly record struct Block(int Target, int First, int Length, int Weights);
}
