using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>What strangers may send to be decoded. The gate does that, each upload by itself, before it meets others.</summary>
public static class UploadedImage
{
    // The decoder knows more formats; what nobody needs is not decoded for strangers.
    private static readonly string[] Formats = ["png", "jpeg"];

    private static readonly ImageDecoder Decoder = new();

    /// <summary>The bytes of an uploaded picture, which the stream must keep.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <exception cref="InvalidDataException">These are not the bytes of an acceptable picture; the message is for the client.</exception>
    public static ReadOnlyMemory<byte> Of(MemoryStream file)
    {
        if (file.Length == 0)
        {
            throw new InvalidDataException("The image is empty.");
        }

        var bytes = file.GetBuffer().AsMemory(0, (int)file.Length);
        var format = Decoder.Describe(bytes.Span).Format;
        return Formats.Contains(format)
            ? bytes
            : throw new InvalidDataException($"The image is {format}; allowed are {string.Join(" and ", Formats)}.");
    }
}
