using System.IO.Compression;

namespace Microsoft.ML.OtdRouting.Tool.Tests;

/// <summary>Small sets of the shipped images, unpacked beside the tests, and the shipped models.</summary>
internal static class ImageSets
{
    /// <summary>Classes in the order of the models' outputs.</summary>
    public static readonly string[] Classes =
        ["T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle-boot"];

    private static readonly Lazy<string> _fit = new(() => Unpack("fashion-fit.zip", 40));
    private static readonly Lazy<string> _test = new(() => Unpack("fashion-test.zip", 12));

    /// <summary>Folder of class folders with 40 images a class.</summary>
    public static string Fit => _fit.Value;

    /// <summary>Folder of class folders with 12 images a class.</summary>
    public static string Test => _test.Value;

    /// <summary>Path of the shipped model of a size.</summary>
    public static string Model(int size) => Path.Combine(AppContext.BaseDirectory, "models", $"fashion-resnet8-{size}.onnx");

    /// <summary><c>--model FILE@SIZE</c> for sizes.</summary>
    public static string[] Models(params int[] sizes) => [.. sizes.SelectMany(size => new[] { "--model", $"{Model(size)}@{size}" })];

    private static string Unpack(string name, int perClass)
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "unpacked", Path.GetFileNameWithoutExtension(name));
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        using ZipArchive zip = ZipFile.OpenRead(Path.Combine(AppContext.BaseDirectory, "data", name));
        foreach (IGrouping<string, ZipArchiveEntry> images in zip.Entries
            .Where(e => e.Name.EndsWith(".png", StringComparison.Ordinal))
            .GroupBy(e => e.FullName.Split('/')[^2]))
        {
            Directory.CreateDirectory(Path.Combine(folder, images.Key));
            foreach (ZipArchiveEntry entry in images.OrderBy(e => e.Name, StringComparer.Ordinal).Take(perClass))
            {
                entry.ExtractToFile(Path.Combine(folder, images.Key, entry.Name));
            }
        }

        return folder;
    }
}
