using System.IO.Compression;

namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>The example's pictures and models. Pictures are unpacked once, as many as are asked for.</summary>
public static class FashionPictures
{
    private static readonly Lock Gate = new();

    /// <summary>The classes in the order of the models' outputs.</summary>
    public static readonly string[] ClassNames =
        ["T-shirt-top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle-boot"];

    public static readonly int[] Sizes = [10, 14, 20, 28];

    public static string ModelFile(int size) => Path.Combine(AppContext.BaseDirectory, "models", $"fashion-resnet8-{size}.onnx");

    /// <summary>The first pictures that the models were not trained on.</summary>
    public static IReadOnlyList<FashionPicture> Fitting(int count) => Open("fashion-fit", count);

    /// <summary>The first pictures of the test file.</summary>
    public static IReadOnlyList<FashionPicture> Test(int count) => Open("fashion-test", count);

    private static List<FashionPicture> Open(string name, int count)
    {
        lock (Gate)
        {
            var folder = Path.Combine(AppContext.BaseDirectory, "data", name);
            using var zip = ZipFile.OpenRead(folder + ".zip");
            var pictures = new List<FashionPicture>();
            foreach (var entry in zip.Entries.Where(e => e.Name.EndsWith(".png", StringComparison.Ordinal)).OrderBy(e => e.Name, StringComparer.Ordinal).Take(count))
            {
                var path = Path.Combine(folder, entry.FullName);
                if (!File.Exists(path))
                {
                    Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                    entry.ExtractToFile(path);
                }

                pictures.Add(new FashionPicture { Path = path, Label = new DirectoryInfo(Path.GetDirectoryName(path)!).Name });
            }

            return pictures;
        }
    }
}
