using System.IO.Compression;
using Microsoft.ML.OtdRouting;

namespace FashionData;

/// <summary>The pictures and models of the examples: Fashion-MNIST, and one small network at four sizes.</summary>
public static class FashionPictures
{
    /// <summary>The classes in the order of the models' outputs.</summary>
    public static readonly string[] ClassNames =
        ["T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle-boot"];

    /// <summary>Input sizes of the models.</summary>
    public static readonly int[] Sizes = [10, 14, 20, 28];

    /// <summary>One resolution for every model.</summary>
    public static IEnumerable<Resolution> Resolutions => Sizes.Select(size => new Resolution(ModelFile(size), size));

    /// <summary>Path of the model for one size.</summary>
    public static string ModelFile(int size) => Path.Combine(AppContext.BaseDirectory, "models", $"fashion-resnet8-{size}.onnx");

    /// <summary>Pictures that the models were not trained on: a router is fitted on these.</summary>
    /// <param name="count">How many; all 5,000 by default.</param>
    public static IReadOnlyList<FashionPicture> Fitting(int count = int.MaxValue) => Open("fashion-fit", count);

    /// <summary>Pictures of the test file.</summary>
    /// <param name="count">How many; all 5,000 by default.</param>
    public static IReadOnlyList<FashionPicture> Test(int count = int.MaxValue) => Open("fashion-test", count);

    /// <summary>Unpacks a zip of class folders beside it, once, and lists its pictures in a fixed order in which the classes are mixed.</summary>
    private static List<FashionPicture> Open(string name, int count)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "data", name);
        if (!Directory.Exists(folder))
        {
            // Unpacked under another name first: an interrupted run must not leave half a folder behind.
            var partial = $"{folder}.{Environment.ProcessId}.part";
            ZipFile.ExtractToDirectory(folder + ".zip", partial);
            Directory.Move(partial, folder);
        }

        return Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)
            .Take(count)
            .Select(path => new FashionPicture { Path = path, Label = Path.GetFileName(Path.GetDirectoryName(path)!) })
            .ToList();
    }
}
