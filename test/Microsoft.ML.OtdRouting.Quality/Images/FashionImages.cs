using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.OtdRouting.Quality.Images;

/// <summary>
/// Images of Fashion-MNIST: those that no model has been trained on, rows 50,000 to 59,999 of the training file and then the test file; or the first of the training file.
/// </summary>
internal sealed class FashionImages : IImageSet
{
    public const int FirstUnseenRow = 50_000;

    public const int LastTrainingRow = 59_999;

    private const int Pixels = 28 * 28;

    private readonly byte[] _images;
    private readonly byte[] _labels;

    /// <summary>The images that no model has been trained on.</summary>
    /// <param name="folder">Holds the four IDX files, compressed.</param>
    public FashionImages(string folder)
    {
        _images = [.. Read(folder, "train-images-idx3-ubyte", 16, Pixels).AsSpan(FirstUnseenRow * Pixels), .. Read(folder, "t10k-images-idx3-ubyte", 16, Pixels)];
        _labels = [.. Read(folder, "train-labels-idx1-ubyte", 8, 1).AsSpan(FirstUnseenRow), .. Read(folder, "t10k-labels-idx1-ubyte", 8, 1)];
    }

    private FashionImages(byte[] images, byte[] labels)
    {
        _images = images;
        _labels = labels;
    }

    public int Count => _labels.Length;

    /// <summary>The first images of the training file.</summary>
    /// <param name="folder">Holds the four IDX files, compressed.</param>
    /// <param name="count">How many, up to <see cref="FirstUnseenRow"/>.</param>
    public static FashionImages First(string folder, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, FirstUnseenRow);
        return new FashionImages(
            Read(folder, "train-images-idx3-ubyte", 16, Pixels)[..(count * Pixels)], Read(folder, "train-labels-idx1-ubyte", 8, 1)[..count]);
    }

    public int Label(int index) => _labels[index];

    public void Read(int index, Span<float> target)
    {
        var pixels = _images.AsSpan(index * Pixels, Pixels);
        for (var i = 0; i < Pixels; i++)
        {
            target[i] = target[Pixels + i] = target[(2 * Pixels) + i] = pixels[i];
        }
    }

    private static byte[] Read(string folder, string name, int header, int itemLength)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(folder, name + ".gz")), CompressionMode.Decompress);
        var start = new byte[header];
        stream.ReadExactly(start);
        var content = new byte[BinaryPrimitives.ReadInt32BigEndian(start.AsSpan(4)) * itemLength];
        stream.ReadExactly(content);
        return content;
    }
}
