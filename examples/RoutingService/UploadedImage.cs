using Microsoft.Extensions.Options;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>
/// Makes images of uploaded bytes. This is done for each upload by itself, before it meets others: what cannot be decoded never gets into a
/// batch.
/// </summary>
public sealed class UploadedImage(IOptions<UploadSettings> settings)
{
    // The decoder knows more formats; what nobody needs is not decoded for strangers.
    private static readonly string[] Formats = ["png", "jpeg"];

    private readonly ImageDecoder _decoder = new(new ImageDecodingOptions
    {
        MaxPixels = settings.Value.MaxPixels, ApplyOrientation = settings.Value.ApplyOrientation,
    });

    /// <summary>Decodes a picture.</summary>
    /// <param name="file">All bytes of the file.</param>
    /// <exception cref="InvalidDataException">These are not the bytes of an acceptable picture; the message is for the client.</exception>
    public MLImage Decode(MemoryStream file)
    {
        if (file.Length == 0)
        {
            throw new InvalidDataException("The image is empty.");
        }

        var bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        var format = _decoder.Describe(bytes).Format;
        return Formats.Contains(format)
            ? _decoder.Decode(bytes)
            : throw new InvalidDataException($"The image is {format}; allowed are {string.Join(" and ", Formats)}.");
    }
}
