using System.Buffers.Binary;

namespace RoutingService;

/// <summary>What the bytes of a picture tell without decoding it: its size, and whether they are all there.</summary>
public static class ImageBytes
{
    private static ReadOnlySpan<byte> PngSignature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The size of a PNG or JPEG picture.</summary>
    /// <returns>Whether the file begins like one.</returns>
    public static bool TryReadSize(ReadOnlySpan<byte> file, out int width, out int height) =>
        file.StartsWith(PngSignature) ? TryReadPng(file, out width, out height) : TryReadJpeg(file, out width, out height);

    /// <summary>
    /// Whether the mark that ends a file of this kind is there. Decoders fill what is missing of a picture with grey and say nothing.
    /// </summary>
    public static bool HasEnd(ReadOnlySpan<byte> file) =>
        file.StartsWith(PngSignature) ? file.LastIndexOf("IEND"u8) >= 0 : file.LastIndexOf((ReadOnlySpan<byte>)[0xFF, 0xD9]) >= 0;

    /// <summary>The first chunk, IHDR, begins with both sides.</summary>
    private static bool TryReadPng(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (file.Length < 24 || !file[12..].StartsWith("IHDR"u8))
        {
            return false;
        }

        width = BinaryPrimitives.ReadInt32BigEndian(file[16..]);
        height = BinaryPrimitives.ReadInt32BigEndian(file[20..]);
        return width > 0 && height > 0;
    }

    /// <summary>Segments are skipped until the frame header, which has the precision and then both sides.</summary>
    private static bool TryReadJpeg(ReadOnlySpan<byte> file, out int width, out int height)
    {
        (width, height) = (0, 0);
        if (!file.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8]))
        {
            return false;
        }

        var at = 2;
        while (at + 9 <= file.Length && file[at] == 0xFF)
        {
            var marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++; // A fill byte.
                continue;
            }

            // SOF0 to SOF15 but DHT (C4), JPG (C8) and DAC (CC), which share their range.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                height = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]);
                width = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]);
                return width > 0 && height > 0;
            }

            at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return false;
    }
}
