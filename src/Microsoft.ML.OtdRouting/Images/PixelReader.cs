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
    /// <summary>What detectors are trained with around images.</summary>
    private const float Grey = 114;

    private readonly Dictionary<(int Height, int Width), ImageResizer> _resizers = [];
    private float[] _scratch = [];
    private float[] _inner = [];

    /// <summary>Floats of one image: <c>3 · height · width</c>.</summary>
    public int Length => 3 * height * width;

    /// <summary>Reads an image into <paramref name="target"/>, which holds <see cref="Length"/> floats.</summary>
    /// <returns>How it lies there.</returns>
    /// <exception cref="InvalidOperationException">The image's pixel format is neither BGRA nor RGBA.</exception>
    public ImageFrame Read(MLImage image, Span<float> target) => Read(image.Pixels, image.Height, image.Width, image.PixelFormat, target);

    /// <summary>Reads decoded pixels into <paramref name="target"/>. Images of the right size keep their values; of others, what is cut off costs nothing.</summary>
    /// <param name="bytes">Four bytes a pixel, rows without gaps between them.</param>
    /// <param name="imageHeight">Rows of the image.</param>
    /// <param name="imageWidth">Pixels of a row.</param>
    /// <param name="format">Order of the bytes.</param>
    /// <param name="target">Planar RGB at the largest resolution; <see cref="Length"/> floats.</param>
    /// <returns>How the image lies there.</returns>
    /// <exception cref="InvalidOperationException">The pixel format is neither BGRA nor RGBA.</exception>
    public ImageFrame Read(ReadOnlySpan<byte> bytes, int imageHeight, int imageWidth, MLPixelFormat format, Span<float> target)
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
            return ImageFrame.OfSize(height, width);
        }

        if (fit == ImageFit.Letterbox && Inner(imageHeight, imageWidth) is var (top, left, innerHeight, innerWidth) && (innerHeight, innerWidth) != (height, width))
        {
            return ReadBoxed(pixels, imageHeight, imageWidth, redIsLow, target, (top, left, innerHeight, innerWidth));
        }

        var crop = Crop(imageHeight, imageWidth);
        var cropped = pixels[((crop.Top * imageWidth) + crop.Left)..];
        var (scaleX, scaleY) = ((float)width / crop.Width, (float)height / crop.Height);
        var frame = new ImageFrame(imageWidth, imageHeight, -crop.Left * scaleX, -crop.Top * scaleY, scaleX, scaleY);
        if (crop.Height == height && crop.Width == width)
        {
            for (var y = 0; y < height; y++)
            {
                SplitRow(cropped.Slice(y * imageWidth, width), redIsLow, target, y * width, height * width);
            }

            return frame;
        }

        Resizer(crop.Height, crop.Width, height, width).Resize(cropped, imageWidth, redIsLow, target, _scratch);
        return frame;
    }

    /// <summary>Resizes the whole image to a part of the target, whose rest is grey.</summary>
    private ImageFrame ReadBoxed(
        ReadOnlySpan<uint> pixels, int imageHeight, int imageWidth, bool redIsLow, Span<float> target, (int Top, int Left, int Height, int Width) inner)
    {
        var length = 3 * inner.Height * inner.Width;
        if (_inner.Length < length)
        {
            _inner = new float[length];
        }

        Resizer(imageHeight, imageWidth, inner.Height, inner.Width).Resize(pixels, imageWidth, redIsLow, _inner.AsSpan(0, length), _scratch);
        target[..Length].Fill(Grey);
        for (var row = 0; row < 3 * inner.Height; row++)
        {
            var (plane, y) = Math.DivRem(row, inner.Height);
            _inner.AsSpan(row * inner.Width, inner.Width).CopyTo(target[((((plane * height) + inner.Top + y) * width) + inner.Left)..]);
        }

        return new ImageFrame(
            imageWidth, imageHeight, inner.Left, inner.Top, (float)inner.Width / imageWidth, (float)inner.Height / imageHeight);
    }

    /// <summary>Whether what is taken of an image of a size is so many times as wide and as high as the largest resolution.</summary>
    public bool Holds(int imageWidth, int imageHeight, int times)
    {
        if (fit == ImageFit.Letterbox)
        {
            var inner = Inner(imageHeight, imageWidth);
            return imageHeight >= times * inner.Height && imageWidth >= times * inner.Width;
        }

        var (_, _, cropHeight, cropWidth) = Crop(imageHeight, imageWidth);
        return cropHeight >= times * height && cropWidth >= times * width;
    }

    /// <summary>The largest centred rectangle with the target's aspect ratio, or the whole image.</summary>
    private (int Top, int Left, int Height, int Width) Crop(int imageHeight, int imageWidth)
    {
        if (fit != ImageFit.CenterCrop)
        {
            return (0, 0, imageHeight, imageWidth);
        }

        var scale = Math.Min((double)imageHeight / height, (double)imageWidth / width);
        var cropHeight = Math.Clamp((int)Math.Round(height * scale), 1, imageHeight);
        var cropWidth = Math.Clamp((int)Math.Round(width * scale), 1, imageWidth);
        return ((imageHeight - cropHeight) / 2, (imageWidth - cropWidth) / 2, cropHeight, cropWidth);
    }

    /// <summary>Where the whole image lies in the target with its aspect ratio.</summary>
    private (int Top, int Left, int Height, int Width) Inner(int imageHeight, int imageWidth)
    {
        var scale = Math.Min((double)height / imageHeight, (double)width / imageWidth);
        var innerHeight = Math.Clamp((int)Math.Round(imageHeight * scale), 1, height);
        var innerWidth = Math.Clamp((int)Math.Round(imageWidth * scale), 1, width);
        return ((height - innerHeight) / 2, (width - innerWidth) / 2, innerHeight, innerWidth);
    }

    /// <summary>A resizer, for which there is scratch memory then.</summary>
    private ImageResizer Resizer(int sourceHeight, int sourceWidth, int targetHeight, int targetWidth)
    {
        if (!_resizers.TryGetValue((sourceHeight, sourceWidth), out var resizer))
        {
            // Photos come in few sizes; a stream of ever new ones must not grow the cache without bound.
            if (_resizers.Count == 64)
            {
                _resizers.Clear();
            }

            _resizers[(sourceHeight, sourceWidth)] = resizer = new ImageResizer(sourceHeight, sourceWidth, targetHeight, targetWidth);
        }

        if (_scratch.Length < resizer.ScratchLength)
        {
            _scratch = new float[resizer.ScratchLength];
        }

        return resizer;
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
