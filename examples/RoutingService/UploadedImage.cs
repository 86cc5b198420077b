using Microsoft.Extensions.Options;
using Microsoft.ML.Data;

namespace RoutingService;

/// <summary>
/// Makes images of uploaded bytes. This is done for each upload by itself, before it meets others: what cannot be decoded never gets into a
/// batch.
/// </summary>
public sealed class UploadedImage(IOptions<UploadSettings> settings)
{
    /// <summary>Decodes a picture.</summary>
    /// <param name="file">All bytes of the file; read from the start.</param>
    /// <exception cref="InvalidDataException">These are not the bytes of an acceptable picture; the message is for the client.</exception>
    public MLImage Decode(MemoryStream file)
    {
        if (file.Length == 0)
        {
            throw new InvalidDataException("The image is empty.");
        }

        var bytes = file.GetBuffer().AsSpan(0, (int)file.Length);
        if (!ImageBytes.TryReadSize(bytes, out var width, out var height))
        {
            throw new InvalidDataException($"The {file.Length} bytes are not a PNG or JPEG image.");
        }

        if ((long)width * height > settings.Value.MaxPixels)
        {
            throw new InvalidDataException($"The image has {width} x {height} pixels; allowed are at most {settings.Value.MaxPixels} in all.");
        }

        if (!ImageBytes.HasEnd(bytes))
        {
            throw new InvalidDataException($"The image of {width} x {height} pixels is cut off after {file.Length} bytes.");
        }

        try
        {
            file.Position = 0;
            return MLImage.CreateFromStream(file);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The image of {width} x {height} pixels cannot be decoded: {e.Message}", e);
        }
    }
}
