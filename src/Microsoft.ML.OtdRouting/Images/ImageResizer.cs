using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Antialiased bilinear resizing between two fixed sizes, as ONNX <c>Resize</c> defines it (opset 18, <c>mode = linear</c>,
/// <c>antialias = 1</c>, <c>exclude_outside = 1</c>, half-pixel centres): a triangle filter, widened by the scale when shrinking, renormalised
/// at the borders. PyTorch and Pillow do the same; without <c>exclude_outside</c> the operator repeats border pixels instead.
/// The filter is linear and separable: <c>A_h · X · A_wᵀ</c> with the matrices of <see cref="Weights"/>.
/// </summary>
/// <remarks>Immutable and safe for concurrent use.</remarks>
internal sealed class ImageResizer
{
    /// <summary>Taps are padded to whole vectors of this many floats, so a row needs as many spare floats behind its end.</summary>
    private const int Lanes = 4;

    private readonly Axis _vertical;
    private readonly Axis _horizontal;

    /// <summary>A resizer between two sizes, in pixels.</summary>
    public ImageResizer(int sourceHeight, int sourceWidth, int targetHeight, int targetWidth)
    {
        SourceHeight = sourceHeight;
        SourceWidth = sourceWidth;
        TargetHeight = targetHeight;
        TargetWidth = targetWidth;
        _vertical = new Axis(sourceHeight, targetHeight);
        _horizontal = new Axis(sourceWidth, targetWidth);
    }

    public int SourceHeight { get; }

    public int SourceWidth { get; }

    public int TargetHeight { get; }

    public int TargetWidth { get; }

    /// <summary>Floats of scratch memory that <see cref="Resize"/> needs.</summary>
    public int ScratchLength => SourceWidth + _horizontal.PaddedTaps;

    private bool IsIdentity => SourceHeight == TargetHeight && SourceWidth == TargetWidth;

    /// <summary>Resizes planes one after another.</summary>
    /// <param name="source">Planes of <c>SourceHeight × SourceWidth</c>, row-major.</param>
    /// <param name="target">As many planes of <c>TargetHeight × TargetWidth</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats; contents do not matter.</param>
    public void Resize(ReadOnlySpan<float> source, Span<float> target, Span<float> scratch)
    {
        if (IsIdentity)
        {
            source.CopyTo(target);
            return;
        }

        var sourcePlane = SourceHeight * SourceWidth;
        var targetPlane = TargetHeight * TargetWidth;
        scratch = scratch[..ScratchLength];
        // The padding is multiplied by zero weights: it must be finite.
        scratch[SourceWidth..].Clear();
        for (var plane = 0; plane * sourcePlane < source.Length; plane++)
        {
            ResizePlane(source.Slice(plane * sourcePlane, sourcePlane), target.Slice(plane * targetPlane, targetPlane), scratch);
        }
    }

    /// <summary>The dense matrix of one axis, target × source, row-major: what an exported graph multiplies with.</summary>
    public static float[] Weights(int source, int target)
    {
        var axis = new Axis(source, target);
        var matrix = new float[target * source];
        for (var i = 0; i < target; i++)
        {
            axis.Taps(i).CopyTo(matrix.AsSpan((i * source) + axis.Start[i]));
        }

        return matrix;
    }

    private void ResizePlane(ReadOnlySpan<float> source, Span<float> target, Span<float> row)
    {
        var mixed = row[..SourceWidth];
        for (var y = 0; y < TargetHeight; y++)
        {
            var taps = _vertical.Taps(y);
            var first = _vertical.Start[y] * SourceWidth;
            TensorPrimitives.Multiply(source.Slice(first, SourceWidth), taps[0], mixed);
            for (var t = 1; t < taps.Length; t++)
            {
                TensorPrimitives.MultiplyAdd(source.Slice(first + (t * SourceWidth), SourceWidth), taps[t], mixed, mixed);
            }

            _horizontal.Apply(row, target.Slice(y * TargetWidth, TargetWidth));
        }
    }

    /// <summary>The filter along one axis: for every target position a run of source positions and their weights.</summary>
    private sealed class Axis
    {
        private readonly float[] _weights;
        private readonly int[] _count;

        public Axis(int source, int target)
        {
            var scale = (double)source / target;
            var radius = Math.Max(1, scale);
            Start = new int[target];
            _count = new int[target];
            var rows = new double[target][];
            for (var i = 0; i < target; i++)
            {
                var centre = (i + 0.5) * scale;
                var start = Math.Max(0, (int)Math.Floor(centre - radius + 0.5));
                var end = Math.Min(source, (int)Math.Floor(centre + radius + 0.5));
                var row = new double[end - start];
                for (var t = 0; t < row.Length; t++)
                {
                    row[t] = Math.Max(0, 1 - (Math.Abs(start + t - centre + 0.5) / radius));
                }

                var sum = row.Sum();
                rows[i] = Array.ConvertAll(row, w => w / sum);
                Start[i] = start;
                _count[i] = row.Length;
            }

            PaddedTaps = (_count.Max() + Lanes - 1) / Lanes * Lanes;
            _weights = new float[target * PaddedTaps];
            for (var i = 0; i < target; i++)
            {
                for (var t = 0; t < rows[i].Length; t++)
                {
                    _weights[(i * PaddedTaps) + t] = (float)rows[i][t];
                }
            }
        }

        public int[] Start { get; }

        public int PaddedTaps { get; }

        public ReadOnlySpan<float> Taps(int i) => _weights.AsSpan(i * PaddedTaps, _count[i]);

        /// <summary>Filters one row; <paramref name="source"/> has <see cref="PaddedTaps"/> spare floats behind its end.</summary>
        public void Apply(ReadOnlySpan<float> source, Span<float> target)
        {
            var taps = PaddedTaps;
            // Checked once for the row instead of at every tap, which would cost as much as the filter: no run begins behind the last one.
            ArgumentOutOfRangeException.ThrowIfLessThan(source.Length, Start[target.Length - 1] + taps);
            ref var pixels = ref MemoryMarshal.GetReference(source);
            ref var weights = ref MemoryMarshal.GetArrayDataReference(_weights);
            for (var i = 0; i < target.Length; i++)
            {
                var sum = Vector128<float>.Zero;
                for (var t = 0; t < taps; t += Lanes)
                {
                    sum += Vector128.LoadUnsafe(ref pixels, (nuint)(Start[i] + t)) * Vector128.LoadUnsafe(ref weights, (nuint)((i * taps) + t));
                }

                target[i] = Vector128.Sum(sum);
            }
        }
    }
}
