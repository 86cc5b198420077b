using System.Buffers.Binary;
using System.IO.Compression;

namespace FashionData;

/// <summary>Fashion-MNIST as it is published (Debian: dataset-fashion-mnist): a header of big-endian numbers, then one byte for each pixel or label.</summary>
public static class MnistFiles
{
    private const int Pixels = Garment.Side * Garment.Side;

    /// <summary>Reads pictures with their labels.</summary>
    /// <param name="folder">Folder of the files.</param>
    /// <param name="name">What their names begin with: <c>train</c> or <c>t10k</c>.</param>
    /// <param name="count">The first so many.</param>
    public static IReadOnlyList<Garment> Read(string folder, string name, int count)
    {
        var images = Unpack(Path.Combine(folder, $"{name}-images-idx3-ubyte.gz"), magic: 2051, header: 16, Pixels);
        var labels = Unpack(Path.Combine(folder, $"{name}-labels-idx1-ubyte.gz"), magic: 2049, header: 8, 1);
        if (labels.Length * Pixels != images.Length)
        {
            throw new InvalidDataException($"'{folder}' has {images.Length / Pixels} pictures and {labels.Length} labels of '{name}'.");
        }

        return
        [
            .. Enumerable.Range(0, Math.Min(count, labels.Length))
                .Select(i => new Garment(images[(i * Pixels)..((i + 1) * Pixels)], FashionPictures.ClassNames[labels[i]])),
        ];
    }

    private static byte[] Unpack(string file, int magic, int header, int length)
    {
        using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
        using var memory = new MemoryStream();
        packed.CopyTo(memory);
        var bytes = memory.ToArray();
        var fits = bytes.Length >= header && BinaryPrimitives.ReadInt32BigEndian(bytes) == magic
            && bytes.Length - header == (long)BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4)) * length;
        return fits ? bytes[header..] : throw new InvalidDataException($"'{file}' is no file of Fashion-MNIST, or is not whole.");
    }
}
