using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Gates;

/// <summary>An image that comes to a gate: a file, the bytes of one, or pixels.</summary>
internal readonly struct IncomingImage
{
    private readonly string? _path;
    private readonly ReadOnlyMemory<byte> _file;
    private readonly MLImage? _image;

    private IncomingImage(string? path, ReadOnlyMemory<byte> file, MLImage? image) => (_path, _file, _image) = (path, file, image);

    /// <summary>What messages call it.</summary>
    public string Name => _path is null ? "The image" : $"'{_path}'";

    public static IncomingImage Of(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return new(path, default, null);
    }

    public static IncomingImage Of(ReadOnlyMemory<byte> file) => new(null, file, null);

    public static IncomingImage Of(MLImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return new(null, default, image);
    }

    /// <summary>Brings the image to the largest resolution.</summary>
    /// <param name="decoder">Decodes files.</param>
    /// <param name="readers">Bring images to that size.</param>
    /// <param name="target">Planar RGB, 0..255.</param>
    /// <returns>How the image lies there.</returns>
    public ImageFrame Read(ImageDecoder decoder, PixelReaders readers, Span<float> target)
    {
        var reader = readers.Rent();
        try
        {
            return _image is not null ? reader.Read(_image, target)
                : _path is not null ? decoder.Read(_path, reader, target)
                : decoder.Read(_file.Span, reader, target);
        }
        finally
        {
            readers.Return(reader);
        }
    }
}
