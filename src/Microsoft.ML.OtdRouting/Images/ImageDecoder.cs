using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Makes images of files, whole, upright and within a limit of pixels that is checked before any is decoded. The pixels are those of ML.NET's
/// <c>LoadImages</c>, which has no limit, ignores the EXIF orientation and fills what is missing of a file with grey.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class ImageDecoder
{
    private static readonly float[] Scales = [1f / 8, 1f / 4, 1f / 2];

    /// <summary>What is left of an image is so many times as wide and high as needed: blocks are averaged without regard to where they lie, which shows where they are as large as pixels.</summary>
    private const int Spare = 2;

    private readonly ImageDecodingOptions _options;

    /// <summary>A decoder.</summary>
    /// <param name="options">What is accepted; null for the defaults.</param>
    public ImageDecoder(ImageDecodingOptions? options = null) => _options = options?.Clone() ?? new ImageDecodingOptions();

    /// <summary>Folder of relative paths; empty for the current folder of the process.</summary>
    internal string Folder => _options.Folder;

    /// <summary>Reads the header of a file.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    /// <exception cref="InvalidDataException">The file is no image.</exception>
    public ImageDescription Describe(string path)
    {
        using var codec = Open(path);
        return Describe(codec);
    }

    /// <summary>Reads the header of a file in memory.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <exception cref="InvalidDataException">These are not the bytes of an image.</exception>
    public ImageDescription Describe(ReadOnlySpan<byte> file)
    {
        using var codec = Open(file);
        return Describe(codec);
    }

    /// <summary>Decodes a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The image, BGRA with 8 bits a channel, premultiplied; dispose it when done.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    /// <exception cref="InvalidDataException">The file is no image, has too many pixels, or is cut off or damaged; the message names it.</exception>
    public MLImage Decode(string path)
    {
        using var codec = Open(path);
        return Decode(codec, $"'{path}'");
    }

    /// <summary>Decodes a file in memory.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <returns>The image, BGRA with 8 bits a channel, premultiplied; dispose it when done.</returns>
    /// <exception cref="InvalidDataException">These are not the bytes of an image, or it has too many pixels, or is cut off or damaged.</exception>
    public MLImage Decode(ReadOnlySpan<byte> file)
    {
        using var codec = Open(file);
        return Decode(codec, "The image");
    }

    private SKCodec Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        path = Path.Combine(_options.Folder, path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no image '{path}'.", path);
        }

        if (RegularFile.IsEmptyOrSpecial(path))
        {
            throw new InvalidDataException($"'{path}' is empty, or no regular file; expected an image.");
        }

        // The decoder does not tell what is wrong with a file that it may not read.
        File.OpenHandle(path).Dispose();
        return SKCodec.Create(path) ?? throw new InvalidDataException($"'{path}' is no image in a format that can be decoded, or its header is damaged.");
    }

    private static SKCodec Open(ReadOnlySpan<byte> file)
    {
        using var data = SKData.CreateCopy(file);
        return SKCodec.Create(data) ?? throw new InvalidDataException($"The {file.Length} bytes are no image in a format that can be decoded.");
    }

    private static ImageDescription Describe(SKCodec codec) =>
        new(codec.EncodedFormat.ToString().ToLowerInvariant(), codec.Info.Width, codec.Info.Height, (int)codec.EncodedOrigin);

    /// <summary>Decodes a file to the pixels of the largest resolution.</summary>
    /// <param name="path">The file.</param>
    /// <param name="reader">Brings the image to that size.</param>
    /// <param name="target">Planar RGB at that size, 0..255.</param>
    /// <returns>How the image lies there.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">As <see cref="Decode(string)"/>.</exception>
    internal ImageFrame Read(string path, PixelReader reader, Span<float> target)
    {
        using var codec = Open(path);
        return Read(codec, $"'{path}'", reader, target);
    }

    /// <summary>Decodes a file in memory to the pixels of the largest resolution.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <param name="reader">Brings the image to that size.</param>
    /// <param name="target">Planar RGB at that size, 0..255.</param>
    /// <returns>How the image lies there.</returns>
    /// <exception cref="InvalidDataException">As <see cref="Decode(ReadOnlySpan{byte})"/>.</exception>
    internal ImageFrame Read(ReadOnlySpan<byte> file, PixelReader reader, Span<float> target)
    {
        using var codec = Open(file);
        return Read(codec, "The image", reader, target);
    }

    private MLImage Decode(SKCodec codec, string name)
    {
        using var pixels = Decode(codec, name, 1);
        return MLImage.CreateFromPixels(pixels.Width, pixels.Height, MLPixelFormat.Bgra32, MemoryMarshal.AsBytes(pixels.Values));
    }

    private ImageFrame Read(SKCodec codec, string name, PixelReader reader, Span<float> target)
    {
        using var pixels = Decode(codec, name, Scale(codec, reader));
        var frame = reader.Read(MemoryMarshal.AsBytes(pixels.Values), pixels.Height, pixels.Width, MLPixelFormat.Bgra32, target);
        return _options.ApplyOrientation && ExifOrientation.SwapsSides((int)codec.EncodedOrigin)
            ? frame.OfSource(codec.Info.Height, codec.Info.Width)
            : frame.OfSource(codec.Info.Width, codec.Info.Height);
    }

    /// <summary>
    /// The smallest scale of the decoder at which an image still is larger than the largest resolution by a factor of two. JPEG is made of blocks of 8 x 8 pixels, of which a decoder can
    /// make 1, 2 or 4 pixels a side at less cost; of other sizes it is slower than of the whole.
    /// </summary>
    private float Scale(SKCodec codec, PixelReader reader)
    {
        if (_options.ScaledDecoding && codec.EncodedFormat == SKEncodedImageFormat.Jpeg)
        {
            var turned = _options.ApplyOrientation && ExifOrientation.SwapsSides((int)codec.EncodedOrigin);
            foreach (var scale in Scales)
            {
                var size = codec.GetScaledDimensions(scale);
                if (turned ? reader.Holds(size.Height, size.Width, Spare) : reader.Holds(size.Width, size.Height, Spare))
                {
                    return scale;
                }
            }
        }

        return 1;
    }

    private DecodedPixels Decode(SKCodec codec, string name, float scale)
    {
        if ((long)codec.Info.Width * codec.Info.Height > _options.MaxPixels)
        {
            throw new InvalidDataException($"{name} has {codec.Info.Width} x {codec.Info.Height} pixels; allowed are at most {_options.MaxPixels}.");
        }

        var size = scale < 1 ? codec.GetScaledDimensions(scale) : new SKSizeI(codec.Info.Width, codec.Info.Height);
        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul;
        var form = new SKImageInfo(size.Width, size.Height, SKColorType.Bgra8888, alpha);
        var pixels = Allocate(size, name);
        try
        {
            var result = codec.GetPixels(form, pixels.Address);
            if (result != SKCodecResult.Success)
            {
                var problem = result switch
                {
                    SKCodecResult.IncompleteInput => "is cut off",
                    SKCodecResult.ErrorInInput => "is damaged",
                    _ => $"cannot be decoded ({result})",
                };
                throw new InvalidDataException($"{name} of {codec.Info.Width} x {codec.Info.Height} pixels {problem}.");
            }

            return _options.ApplyOrientation && codec.EncodedOrigin != SKEncodedOrigin.TopLeft ? Upright(pixels, (int)codec.EncodedOrigin) : pixels;
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    private static DecodedPixels Allocate(SKSizeI size, string name)
    {
        try
        {
            return new DecodedPixels(size.Width, size.Height);
        }
        catch (OutOfMemoryException e)
        {
            throw new InvalidDataException($"{name} has {size.Width} x {size.Height} pixels, for which there is no memory.", e);
        }
    }

    private static DecodedPixels Upright(DecodedPixels pixels, int orientation)
    {
        using (pixels)
        {
            var swaps = ExifOrientation.SwapsSides(orientation);
            var turned = new DecodedPixels(swaps ? pixels.Height : pixels.Width, swaps ? pixels.Width : pixels.Height);
            ExifOrientation.Apply(pixels.Values, pixels.Width, pixels.Height, orientation, turned.Values);
            return turned;
        }
    }
}
