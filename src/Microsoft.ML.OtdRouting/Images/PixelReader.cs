using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// Brings images to the size of the largest resolution, as planar RGB floats in 0..255. Not safe for concurrent use: each cursor
/// has its own.
/// </summary>
internal sealed class PixelReader(int height, int width, ImageFit fit)
{
    private readonly Dictionary<(int Height, int Width), ImageResizer> _resizers = [];
    private float[] _scratch = [];

    /// <summary>Floats of one image: <c>3 · height · width</c>.</summary>
    public int Length => 3 * height * width;

    /// <summary>Reads an image into <paramref name="target"/>, which holds <see cref="Length"/> floats.</summary>
    /// <exception cref="InvalidOperationException">The image's pixel format is neither BGRA nor RGBA.</exception>
    public void Read(MLImage image, Span<float> target) => Read(image.Pixels, image.Height, image.Width, image.PixelFormat, target);

    /// <summary>Reads decoded pixels into <paramref name="target"/>. Images of the right size keep their values; of others, what is cut off costs nothing.</summary>
    /// <param name="bytes">Four bytes a pixel, rows without gaps between them.</param>
    /// <param name="imageHeight">Rows of the image.</param>
    /// <param name="imageWidth">Pixels of a row.</param>
    /// <param name="format">Order of the bytes.</param>
    /// <param name="target">Planar RGB at the largest resolution; <see cref="Length"/> floats.</param>
    /// <exception cref="InvalidOperationException">The pixel format is neither BGRA nor RGBA.</exception>
    public void Read(ReadOnlySpan<byte> bytes, int imageHeight, int imageWidth, MLPixelFormat format, Span<float> target)
    {
        if (format is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
        {
            throw new InvalidOperationException($"Pixel format {format} is not supported; Bgra32 and Rgba32 are.");
        }

        var pixels = MemoryMarshal.Cast<byte, uint>(bytes);
        var redIsLow = format == MLPixelFormat.Rgba32;
        if (imageHeight == height && imageWidth == width)
        {
            SplitRow(pixels[..(height * width)], redIsLow, target, 0, height * width);
            return;
        }

        var (top, left, cropHeight, cropWidth) = Crop(imageHeight, imageWidth);
        var cropped = pixels[((top * imageWidth) + left)..];
        if (cropHeight == height && cropWidth == width)
        {
            for (var y = 0; y < height; y++)
            {
                SplitRow(cropped.Slice(y * imageWidth, width), redIsLow, target, y * width, height * width);
            }

            return;
        }

        var resizer = Resizer(cropHeight, cropWidth);
        if (_scratch.Length < resizer.ScratchLength)
        {
            _scratch = new float[resizer.ScratchLength];
        }

        resizer.Resize(cropped, imageWidth, redIsLow, target, _scratch);
    }

    /// <summary>Whether what is taken of an image of a size is so many times as wide and as high as the largest resolution.</summary>
    public bool Holds(int imageWidth, int imageHeight, int times)
    {
        var (_, _, cropHeight, cropWidth) = Crop(imageHeight, imageWidth);
        return cropHeight >= times * height && cropWidth >= times * width;
    }

    /// <summary>The largest centred rectangle with the target's aspect ratio, or the whole image.</summary>
    private (int Top, int Left, int Height, int Width) Crop(int imageHeight, int imageWidth)
    {
        if (fit == ImageFit.Stretch)
        {
            return (0, 0, imageHeight, imageWidth);
        }

        var scale = Math.Min((double)imageHeight / height, (double)imageWidth / width);
        var cropHeight = Math.Clamp((int)Math.Round(height * scale), 1, imageHeight);
        var cropWidth = Math.Clamp((int)Math.Round(width * scale), 1, imageWidth);
        return ((imageHeight - cropHeight) / 2, (imageWidth - cropWidth) / 2, cropHeight, cropWidth);
    }

    private ImageResizer Resizer(int cropHeight, int cropWidth)
    {
        if (_resizers.TryGetValue((cropHeight, cropWidth), out var resizer))
        {
            return resizer;
        }

        // Photos come in few sizes; a stream of ever new ones must not grow the cache without bound.
        if (_resizers.Count == 64)
        {
            _resizers.Clear();
        }

        return _resizers[(cropHeight, cropWidth)] = new ImageResizer(cropHeight, cropWidth, height, width);
    }

    /// <summary>Spreads packed pixels over three planes, beginning at <paramref name="offset"/> in each.</summary>
    private static void SplitRow(ReadOnlySpan<uint> pixels, bool redIsLow, Span<float> planes, int offset, int plane)
    {
        var low = planes.Slice((redIsLow ? 0 : 2 * plane) + offset, pixels.Length);
        var middle = planes.Slice(plane + offset, pixels.Length);
        var high = planes.Slice((redIsLow ? 2 * plane : 0) + offset, pixels.Length);
        var mask = new Vector<int>(255);
        var i = 0;
        for (; i <= pixels.Length - Vector<uint>.Count; i += Vector<uint>.Count)
        {
            var packed = Vector.AsVectorInt32(new Vector<uint>(pixels[i..]));
            Vector.ConvertToSingle(packed & mask).CopyTo(low[i..]);
            Vector.ConvertToSingle(Vector.ShiftRightLogical(packed, 8) & mask).CopyTo(middle[i..]);
            Vector.ConvertToSingle(Vector.ShiftRightLogical(packed, 16) & mask).CopyTo(high[i..]);
        }

        for (; i < pixels.Length; i++)
        {
            low[i] = pixels[i] & 255;
            middle[i] = (pixels[i] >> 8) & 255;
            high[i] = (pixels[i] >> 16) & 255;
        }
    }
}
