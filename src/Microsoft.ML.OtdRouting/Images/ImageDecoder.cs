using System.Buffers;
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
    private readonly ImageDecodingOptions _options;

    /// <summary>A decoder.</summary>
    /// <param name="options">What is accepted; null for the defaults.</param>
    public ImageDecoder(ImageDecodingOptions? options = null) => _options = options?.Clone() ?? new ImageDecodingOptions();

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

    private static SKCodec Open(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
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

    private MLImage Decode(SKCodec codec, string name)
    {
        var (width, height) = (codec.Info.Width, codec.Info.Height);
        if ((long)width * height > _options.MaxPixels)
        {
            throw new InvalidDataException($"{name} has {width} x {height} pixels; allowed are at most {_options.MaxPixels}.");
        }

        var alpha = codec.Info.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Premul;
        var form = new SKImageInfo(width, height, SKColorType.Bgra8888, alpha);
        using var bitmap = new SKBitmap();
        if (!bitmap.TryAllocPixels(form))
        {
            throw new InvalidDataException($"{name} has {width} x {height} pixels, for which there is no memory.");
        }

        var result = codec.GetPixels(form, bitmap.GetPixels());
        if (result != SKCodecResult.Success)
        {
            var problem = result switch
            {
                SKCodecResult.IncompleteInput => "is cut off",
                SKCodecResult.ErrorInInput => "is damaged",
                _ => $"cannot be decoded ({result})",
            };
            throw new InvalidDataException($"{name} of {width} x {height} pixels {problem}.");
        }

        return _options.ApplyOrientation && codec.EncodedOrigin != SKEncodedOrigin.TopLeft
            ? Upright(MemoryMarshal.Cast<byte, uint>(bitmap.GetPixelSpan()), width, height, (int)codec.EncodedOrigin)
            : MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, bitmap.GetPixelSpan());
    }

    private static MLImage Upright(ReadOnlySpan<uint> pixels, int width, int height, int orientation)
    {
        var turned = ArrayPool<uint>.Shared.Rent(pixels.Length);
        try
        {
            var target = turned.AsSpan(0, pixels.Length);
            ExifOrientation.Apply(pixels, width, height, orientation, target);
            (width, height) = ExifOrientation.SwapsSides(orientation) ? (height, width) : (width, height);
            return MLImage.CreateFromPixels(width, height, MLPixelFormat.Bgra32, MemoryMarshal.AsBytes(target));
        }
        finally
        {
            ArrayPool<uint>.Shared.Return(turned);
        }
    }
}
