using Microsoft.ML.StandIn.ImageAnalytics.Libvips;

namespace Microsoft.ML.Data;

/// <summary>
/// An image in memory: rows from top to bottom, four bytes a pixel, colours premultiplied by alpha.
/// Decoded images are <see cref="MLPixelFormat.Bgra32"/> and keep their stored orientation (EXIF rotation is not applied).
/// </summary>
public sealed class MLImage : IDisposable
{
    private const int BytesPerPixel = 4;

    private readonly int _width;
    private readonly int _height;
    private readonly MLPixelFormat _pixelFormat;
    private byte[]? _pixels;

    private MLImage(int width, int height, MLPixelFormat pixelFormat, byte[] pixels)
    {
        _width = width;
        _height = height;
        _pixelFormat = pixelFormat;
        _pixels = pixels;
    }

    /// <summary>The width in pixels.</summary>
    public int Width
    {
        get
        {
            ThrowIfDisposed();
            return _width;
        }
    }

    /// <summary>The height in pixels.</summary>
    public int Height
    {
        get
        {
            ThrowIfDisposed();
            return _height;
        }
    }

    /// <summary>The order of the channels in <see cref="Pixels"/>.</summary>
    public MLPixelFormat PixelFormat
    {
        get
        {
            ThrowIfDisposed();
            return _pixelFormat;
        }
    }

    /// <summary>The number of bits of a pixel.</summary>
    public int BitsPerPixel
    {
        get
        {
            ThrowIfDisposed();
            return 8 * BytesPerPixel;
        }
    }

    /// <summary>Anything the owner wants to remember with the image.</summary>
    public string? Tag { get; set; }

    /// <summary>The pixels, row by row, in <see cref="PixelFormat"/>.</summary>
    public ReadOnlySpan<byte> Pixels => ThrowIfDisposed();

    /// <summary>A copy of the pixels without alpha: blue, green, red.</summary>
    public byte[] GetBGRPixels
    {
        get
        {
            var pixels = ThrowIfDisposed();
            var (blue, red) = _pixelFormat == MLPixelFormat.Rgba32 ? (2, 0) : (0, 2);
            var result = new byte[pixels.Length / BytesPerPixel * 3];
            for (int from = 0, to = 0; to < result.Length; from += BytesPerPixel, to += 3)
            {
                result[to] = pixels[from + blue];
                result[to + 1] = pixels[from + 1];
                result[to + 2] = pixels[from + red];
            }

            return result;
        }
    }

    /// <summary>Decodes an image file (JPEG, PNG, WebP, GIF, TIFF).</summary>
    /// <exception cref="ArgumentException">The file does not exist or is not a whole image.</exception>
    public static MLImage CreateFromFile(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);

        byte[] encoded;
        try
        {
            encoded = File.ReadAllBytes(imagePath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ArgumentException($"Invalid path: '{imagePath}' cannot be read. {e.Message}", nameof(imagePath), e);
        }

        if (!ImageCodec.TryDecode(encoded, out var width, out var height, out var pixels, out var reason))
            throw new ArgumentException($"Failed to decode the image '{imagePath}': {reason}.", nameof(imagePath));
        return new MLImage(width, height, MLPixelFormat.Bgra32, pixels);
    }

    /// <summary>Decodes an image (JPEG, PNG, WebP, GIF, TIFF) from a stream, which is read to its end and stays open.</summary>
    /// <exception cref="ArgumentException">The stream does not hold a whole image.</exception>
    public static MLImage CreateFromStream(Stream imageStream)
    {
        ArgumentNullException.ThrowIfNull(imageStream);

        using var copy = new MemoryStream(imageStream.CanSeek ? (int)Math.Max(0, imageStream.Length - imageStream.Position) : 0);
        imageStream.CopyTo(copy);
        if (!ImageCodec.TryDecode(copy.GetBuffer().AsSpan(0, (int)copy.Length), out var width, out var height, out var pixels, out var reason))
            throw new ArgumentException($"Failed to decode the image: {reason}.", nameof(imageStream));
        return new MLImage(width, height, MLPixelFormat.Bgra32, pixels);
    }

    /// <summary>Makes an image from a copy of pixels that lie row by row, without padding.</summary>
    /// <exception cref="ArgumentException">A size is not positive, the format is unknown or the number of bytes is not width x height x 4.</exception>
    public static MLImage CreateFromPixels(int width, int height, MLPixelFormat pixelFormat, ReadOnlySpan<byte> imagePixelData)
    {
        if (width <= 0)
            throw new ArgumentException($"The width is {width}; it must be positive.", nameof(width));
        if (height <= 0)
            throw new ArgumentException($"The height is {height}; it must be positive.", nameof(height));
        if (pixelFormat is not (MLPixelFormat.Bgra32 or MLPixelFormat.Rgba32))
            throw new ArgumentException($"The pixel format {pixelFormat} is not supported; use Bgra32 or Rgba32.", nameof(pixelFormat));
        if (imagePixelData.Length != (long)width * height * BytesPerPixel)
        {
            throw new ArgumentException(
                $"{width} x {height} pixels of {BytesPerPixel} bytes need {(long)width * height * BytesPerPixel} bytes, not {imagePixelData.Length}.",
                nameof(imagePixelData));
        }

        return new MLImage(width, height, pixelFormat, imagePixelData.ToArray());
    }

    /// <summary>Writes the image; the extension of the path (.png, .jpg, .jpeg, .webp) names the format.</summary>
    /// <exception cref="ArgumentException">The extension names no such format.</exception>
    public void Save(string imagePath)
    {
        ArgumentNullException.ThrowIfNull(imagePath);
        var pixels = ThrowIfDisposed();

        var options = Path.GetExtension(imagePath).ToLowerInvariant() switch
        {
            ".png" => ".png",
            ".jpg" or ".jpeg" => ".jpg[Q=100]",
            ".webp" => ".webp[Q=100]",
            var other => throw new ArgumentException($"Cannot save '{imagePath}': the extension '{other}' is none of .png, .jpg, .jpeg, .webp.", nameof(imagePath)),
        };
        File.WriteAllBytes(imagePath, ImageCodec.Encode(_width, _height, pixels, bgr: _pixelFormat == MLPixelFormat.Bgra32, options));
    }

    /// <summary>Gives the pixels back; every later use of the image throws.</summary>
    public void Dispose() => _pixels = null;

    private byte[] ThrowIfDisposed() => _pixels ?? throw new ObjectDisposedException(nameof(MLImage));
}
