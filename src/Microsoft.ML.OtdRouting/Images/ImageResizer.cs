namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Antialiased bilinear resizing between two fixed sizes, as ONNX <c>Resize</c> defines it (opset 18, <c>mode = linear</c>,
/// <c>antialias = 1</c>, <c>exclude_outside = 1</c>, half-pixel centres): a triangle filter, widened by the scale when shrinking, renormalised
/// at the borders. PyTorch and Pillow do the same; without <c>exclude_outside</c> the operator repeats border pixels instead.
/// The filter is linear and separable: <c>A_h · X · A_wᵀ</c> with the matrices of <see cref="Weights"/>. Rows are mixed first.
/// </summary>
/// <remarks>Immutable and safe for concurrent use. The same bits on every machine, whatever the width of its vectors.</remarks>
internal sealed class ImageResizer
{
    /// <summary>How far ahead of its use memory is asked for. Of 256 to 8,192 floats, a quarter of this and eight times as much were a quarter slower.</summary>
    private const int FloatsAhead = 1024;

    private readonly ResizeAxis _vertical;
    private readonly ColumnFilter _horizontal;

    /// <summary>A resizer between two sizes, in pixels.</summary>
    public ImageResizer(int sourceHeight, int sourceWidth, int targetHeight, int targetWidth)
    {
        SourceHeight = sourceHeight;
        SourceWidth = sourceWidth;
        TargetHeight = targetHeight;
        TargetWidth = targetWidth;
        _vertical = new ResizeAxis(sourceHeight, targetHeight);
        _horizontal = ColumnFilter.Create(new ResizeAxis(sourceWidth, targetWidth));
    }

    public int SourceHeight { get; }

    public int SourceWidth { get; }

    public int TargetHeight { get; }

    public int TargetWidth { get; }

    /// <summary>Floats of scratch memory that resizing needs.</summary>
    public int ScratchLength => (ColumnFilter.Lines * SourceWidth) + _horizontal.Spare;

    private bool IsIdentity => SourceHeight == TargetHeight && SourceWidth == TargetWidth;

    /// <summary>Resizes planes, and brings each to where it belongs and to the scale that it has there.</summary>
    /// <param name="source">One plane of <c>SourceHeight × SourceWidth</c> for each of <paramref name="planes"/>, row-major.</param>
    /// <param name="target">As many planes of <c>TargetHeight × TargetWidth</c>.</param>
    /// <param name="planes">What becomes of each plane.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats; contents do not matter.</param>
    public void Resize(ReadOnlySpan<float> source, Span<float> target, ReadOnlySpan<TargetPlane> planes, Span<float> scratch)
    {
        var sourcePlane = SourceHeight * SourceWidth;
        if (IsIdentity)
        {
            for (var plane = 0; plane < planes.Length; plane++)
            {
                planes[plane].Scale(source.Slice(plane * sourcePlane, sourcePlane), planes[plane].Of(target, sourcePlane));
            }

            return;
        }

        // Plane after plane, so that memory is read from its beginning to its end: images that wait to be resized are in no cache.
        var reading = new MemoryAhead(source);
        for (var plane = 0; plane < planes.Length; plane++)
        {
            var pixels = source.Slice(plane * sourcePlane, sourcePlane);
            var values = planes[plane].Of(target, TargetHeight * TargetWidth);
            var writing = new MemoryAhead(values);
            for (var y = 0; y < TargetHeight; y += ColumnFilter.Lines)
            {
                // The last group repeats rows of the one before it, or its only ones.
                var first = Math.Max(0, Math.Min(y, TargetHeight - ColumnFilter.Lines));
                var second = Math.Min(first + 1, TargetHeight - 1);
                var third = Math.Min(first + 2, TargetHeight - 1);
                reading.AskTo((plane * sourcePlane) + (_vertical.End(third) * SourceWidth) + FloatsAhead);
                writing.AskTo(((third + 1) * TargetWidth) + FloatsAhead);
                MixRow(pixels, first, scratch[..SourceWidth]);
                MixRow(pixels, second, scratch.Slice(SourceWidth, SourceWidth));
                MixRow(pixels, third, scratch.Slice(2 * SourceWidth, SourceWidth));
                _horizontal.Apply(scratch, Line(values, first, planes[plane]), Line(values, second, planes[plane]), Line(values, third, planes[plane]));
            }
        }
    }

    /// <summary>Resizes packed pixels, four bytes each, to planes of red, green and blue.</summary>
    /// <param name="source">From the first pixel on.</param>
    /// <param name="stride">Pixels from one row to the next; at least <see cref="SourceWidth"/>.</param>
    /// <param name="redIsLow">Whether red is the lowest byte of a pixel and blue the third, or the other way round.</param>
    /// <param name="target">Three planes of <c>TargetHeight × TargetWidth</c>.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> floats; contents do not matter.</param>
    public void Resize(ReadOnlySpan<uint> source, int stride, bool redIsLow, Span<float> target, Span<float> scratch)
    {
        var red = scratch[..SourceWidth];
        var green = scratch.Slice(SourceWidth, SourceWidth);
        var blue = scratch.Slice(2 * SourceWidth, SourceWidth);
        var plane = TargetHeight * TargetWidth;
        for (var y = 0; y < TargetHeight; y++)
        {
            RowMix.Packed(source[(_vertical.Start(y) * stride)..], stride, _vertical.Taps(y), redIsLow ? red : blue, green, redIsLow ? blue : red);
            _horizontal.Apply(
                scratch,
                Line(target[..plane], y, TargetPlane.Rgb[0]),
                Line(target.Slice(plane, plane), y, TargetPlane.Rgb[1]),
                Line(target.Slice(2 * plane, plane), y, TargetPlane.Rgb[2]));
        }
    }

    /// <summary>The dense matrix of one axis, target × source, row-major: what an exported graph multiplies with.</summary>
    public static float[] Weights(int source, int target)
    {
        var axis = new ResizeAxis(source, target);
        var matrix = new float[target * source];
        for (var i = 0; i < target; i++)
        {
            axis.Taps(i).CopyTo(matrix.AsSpan((i * source) + axis.Start(i)));
        }

        return matrix;
    }

    private void MixRow(ReadOnlySpan<float> pixels, int y, Span<float> target) =>
        RowMix.Floats(pixels[(_vertical.Start(y) * SourceWidth)..], SourceWidth, _vertical.Taps(y), target);

    private LineTarget Line(Span<float> plane, int y, TargetPlane scale) => new(plane.Slice(y * TargetWidth, TargetWidth), scale.Factor, scale.Offset);
}
