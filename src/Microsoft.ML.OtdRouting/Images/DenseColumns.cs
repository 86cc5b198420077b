using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// The filter on any machine, at any scale: every source position that any target position of a vector needs is multiplied with a vector of weights,
/// of which some are zero. So there is nothing to transpose or to gather.
/// </summary>
internal sealed class DenseColumns : ColumnFilter
{
    private readonly ResizeAxis _axis;
    private readonly Block[] _blocks;
    private readonly float[] _weights;

    /// <summary>A filter along an axis.</summary>
    public DenseColumns(ResizeAxis axis)
    {
        _axis = axis;
        var lanes = Vector<float>.Count;
        var blocks = new List<Block>();
        var weights = new List<float>();
        foreach (var target in Targets(axis, lanes))
        {
            var last = Math.Min(target + lanes, axis.Target) - 1;
            var (first, end) = (axis.Start(target), axis.End(last));
            blocks.Add(new Block(target, first, end - first, weights.Count));
            for (var source = first; source < end; source++)
            {
                for (var lane = 0; lane < lanes; lane++)
                {
                    weights.Add(target + lane <= last ? axis.Weight(target + lane, source) : 0);
                }
            }
        }

        _blocks = [.. blocks];
        _weights = [.. weights];
    }

    /// <inheritdoc/>
    public override int Spare => 0;

    /// <inheritdoc/>
    public override void Apply(ReadOnlySpan<float> lines, LineTarget first, LineTarget second, LineTarget third)
    {
        Check(_axis, lines, first, second, third);
        var length = _axis.Source;
        ref var pixels = ref MemoryMarshal.GetReference(lines);
        ref var table = ref MemoryMarshal.GetArrayDataReference(_weights);
        foreach (var block in _blocks)
        {
            ref var pixel = ref Unsafe.Add(ref pixels, block.First);
            ref var secondPixel = ref Unsafe.Add(ref pixel, length);
            ref var thirdPixel = ref Unsafe.Add(ref secondPixel, length);
            var (sum, secondSum, thirdSum) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            var entry = (nuint)block.Entries;
            for (nint i = 0; i < block.Length; i++)
            {
                var weights = Vector.LoadUnsafe(ref table, entry);
                entry += (nuint)Vector<float>.Count;
                sum += new Vector<float>(Unsafe.Add(ref pixel, i)) * weights;
                secondSum += new Vector<float>(Unsafe.Add(ref secondPixel, i)) * weights;
                thirdSum += new Vector<float>(Unsafe.Add(ref thirdPixel, i)) * weights;
            }

            first.Store(sum, block.Target);
            second.Store(secondSum, block.Target);
            third.Store(thirdSum, block.Target);
        }
    }

    /// <summary>A vector of target positions: the first of them, the source positions that they need, and where their weights begin.</summary>
    private readonly record struct Block(int Target, int First, int Length, int Entries);
}
