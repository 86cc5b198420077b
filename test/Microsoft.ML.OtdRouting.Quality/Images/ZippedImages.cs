using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Quality.Images;

/// <summary>Pictures in zip files with a folder for every class; the classes are in alphabetical order.</summary>
internal sealed class ZippedImages : IImageSet
{
    private readonly List<(ZipArchiveEntry Entry, int Label)> _images = [];
    private readonly PixelReader _pixels;

    /// <param name="size">Height and width to which images are cropped and resized.</param>
    /// <param name="files">Zip files, one after another; the files in each are taken in alphabetical order.</param>
    public ZippedImages(int size, params IReadOnlyList<string> files)
        : this(size, null, files)
    {
    }

    /// <param name="size">Height and width to which images are cropped and resized.</param>
    /// <param name="classes">The classes in their order; null for the alphabetical one.</param>
    /// <param name="files">Zip files, one after another; the files in each are taken in alphabetical order.</param>
    public ZippedImages(int size, IReadOnlyList<string>? classes, IReadOnlyList<string> files)
    {
        _pixels = new PixelReader(size, size, ImageFit.CenterCrop);
        var starts = new List<int>();
        foreach (var file in files)
        {
            starts.Add(_images.Count);
            var entries = ZipFile.OpenRead(file).Entries.Where(e => e.Name.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase) || e.Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase)).OrderBy(e => e.FullName, StringComparer.Ordinal).ToList();
            var order = (classes ?? entries.Select(Class).Distinct().Order(StringComparer.Ordinal).ToList()).Index().ToDictionary(c => c.Item, c => c.Index);
            _images.AddRange(entries.Select(e => (e, order[Class(e)])));
        }

        Starts = starts;
    }

    /// <summary>Index of the first image of every file.</summary>
    public IReadOnlyList<int> Starts { get; }

    public int Count => _images.Count;

    public int Label(int index) => _images[index].Label;

    public void Read(int index, Span<float> target)
    {
        using var content = new MemoryStream();
        using (var stream = _images[index].Entry.Open())
        {
            stream.CopyTo(content);
        }

        content.Position = 0;
        using var image = MLImage.CreateFromStream(content);
        _pixels.Read(image, target);
    }

    /// <summary>The lines of a text in a zip file.</summary>
    public static IReadOnlyList<string> Lines(string file, string name)
    {
        using var archive = ZipFile.OpenRead(file);
        using var reader = new StreamReader(archive.Entries.Single(e => e.Name == name).Open());
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }

    private static string Class(ZipArchiveEntry entry) => entry.FullName.Split('/')[^2];
}
