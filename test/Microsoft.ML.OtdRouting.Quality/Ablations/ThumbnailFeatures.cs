using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Quality.Ablations;

/// <summary>
/// A description of a small copy of the image, made without any model: grey values of the copy, mean and deviation of the colours, energy of
/// the gradients at three scales, and how the gradients of each quarter are oriented (Dalal and Triggs 2005, "Histograms of oriented gradients").
/// </summary>
internal sealed class ThumbnailFeatures
{
    private const int Scales = 3;
    private const int Orientations = 8;
    private const int Quarters = 4;

    private readonly int _height;
    private readonly int _width;
    private readonly int _size;
    private readonly ThreadLocal<float[]> _grey;

    public ThumbnailFeatures(int height, int width, int size)
    {
        _height = height;
        _width = width;
        _size = size;
        _grey = new ThreadLocal<float[]>(() => new float[height * width]);
    }

    public int Count => (_size * _size) + 6 + Scales + (Quarters * Orientations);

    /// <summary>Describes an image: planar RGB, 0..255.</summary>
    public void Describe(ReadOnlySpan<float> pixels, Span<float> target)
    {
        var grey = _grey.Value!;
        var plane = _height * _width;
        target = target[..Count];
        target.Clear();
        grey.AsSpan().Clear();
        var colours = target.Slice(_size * _size, 6);
        for (var channel = 0; channel < 3; channel++)
        {
            var values = pixels.Slice(channel * plane, plane);
            TensorPrimitives.MultiplyAdd(values, 1f / (3 * 255), grey, grey);
            var mean = TensorPrimitives.Sum(values) / plane;
            colours[2 * channel] = mean / 255;
            colours[(2 * channel) + 1] = MathF.Sqrt(MathF.Max(0, (TensorPrimitives.SumOfSquares(values) / plane) - (mean * mean))) / 255;
        }

        Shrink(grey, target[..(_size * _size)]);
        Gradients(grey, target[((_size * _size) + 6)..]);
    }

    /// <summary>Means over a grid of cells; images smaller than the grid repeat pixels.</summary>
    private void Shrink(ReadOnlySpan<float> grey, Span<float> cells)
    {
        for (var y = 0; y < _size; y++)
        {
            var (top, bottom) = Cell(y, _height);
            for (var x = 0; x < _size; x++)
            {
                var (left, right) = Cell(x, _width);
                var sum = 0f;
                for (var row = top; row < bottom; row++)
                {
                    sum += TensorPrimitives.Sum(grey.Slice((row * _width) + left, right - left));
                }

                cells[(y * _size) + x] = sum / ((bottom - top) * (right - left));
            }
        }
    }

    private (int From, int To) Cell(int index, int length)
    {
        var from = index * length / _size;
        return (from, Math.Max(from + 1, (index + 1) * length / _size));
    }

    private void Gradients(ReadOnlySpan<float> grey, Span<float> target)
    {
        var histogram = target[Scales..];
        for (var scale = 0; scale < Scales; scale++)
        {
            var step = 1 << scale;
            var energy = 0f;
            var count = 0;
            for (var y = step; y < _height - step; y += step)
            {
                for (var x = step; x < _width - step; x += step)
                {
                    var at = (y * _width) + x;
                    var dx = grey[at + step] - grey[at - step];
                    var dy = grey[at + (step * _width)] - grey[at - (step * _width)];
                    var square = (dx * dx) + (dy * dy);
                    energy += square;
                    count++;
                    if (scale == 0 && square > 0)
                    {
                        var quarter = (2 * y < _height ? 0 : 2) + (2 * x < _width ? 0 : 1);
                        histogram[(quarter * Orientations) + Orientation(dx, dy)] += MathF.Sqrt(square);
                    }
                }
            }

            target[scale] = MathF.Log((energy / Math.Max(count, 1)) + 1e-4f);
        }

        TensorPrimitives.Multiply(histogram, (float)Quarters / (_height * _width), histogram);
    }

    /// <summary>
    /// One of eight equal sectors of a half-turn: a gradient and its opposite are the same edge. Comparisons alone, since angles from the
    /// mathematical library can differ in the last bit between platforms.
    /// </summary>
    private static int Orientation(float dx, float dy)
    {
        if (dy < 0 || (dy == 0 && dx < 0))
        {
            (dx, dy) = (-dx, -dy);
        }

        const float TanEighth = 0.41421357f;
        var steep = MathF.Abs(dx) < dy;
        var (small, large) = steep ? (MathF.Abs(dx), dy) : (dy, MathF.Abs(dx));
        var within = (2 * (steep ? 1 : 0)) + (small > TanEighth * large ? 1 : 0);
        // Sectors from 0 to 90 degrees: flat, flat side of the diagonal, steep side of the diagonal, steep.
        var sector = within switch { 0 => 0, 1 => 1, 3 => 2, _ => 3 };
        return dx >= 0 ? sector : 7 - sector;
    }
}
