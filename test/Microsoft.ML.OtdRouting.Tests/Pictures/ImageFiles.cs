using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>Image files in memory.</summary>
internal static class ImageFiles
{
    /// <summary>A picture of noise in a format.</summary>
    public static byte[] Noise(int width, int height, SKEncodedImageFormat format, int seed = 1)
    {
        var random = new Random(seed);
        return Encode(width, height, (_, _) => new SKColor((uint)random.Next() | 0xff000000), format);
    }

    /// <summary>A picture of a function of column and row.</summary>
    public static byte[] Encode(int width, int height, Func<int, int, SKColor> colour, SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Bgra8888, SKAlphaType.Premul));
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                bitmap.SetPixel(x, y, colour(x, y));
            }
        }

        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    /// <summary>A JPEG file with an EXIF orientation put behind its first marker.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation) =>
    [
        .. jpeg.AsSpan(0, 2),
        0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8, .. "II*\0"u8, 8, 0, 0, 0, // little endian; the directory follows
        1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, (byte)orientation, 0, 0, 0, 0, 0, 0, 0, // one entry: tag 0x0112, a short
        .. jpeg.AsSpan(2),
    ];

    /// <summary>A PNG file of a few bytes that says of itself how large it is, as compression bombs do.</summary>
    public static byte[] PngOfSize(uint width, uint height)
    {
        var png = Noise(1, 1, SKEncodedImageFormat.Png);
        byte[] header = [.. "IHDR"u8, .. BigEndian(width), .. BigEndian(height), .. png.AsSpan(24, 5)];
        return [.. png.AsSpan(0, 12), .. header, .. BigEndian(Crc(header)), .. png.AsSpan(33)];
    }

    private static byte[] BigEndian(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    /// <summary>The checksum of PNG chunks (ISO 15948, annex D).</summary>
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320u;
            }
        }

        return ~crc;
    }
}
