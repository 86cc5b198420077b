using System.IO.Compression;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Images;

/// <summary>Pictures in zip files with a folder for every class; the classes are in alphabetical order.</summary>
internal sealed class ZippedImages : IImageSet
{
    private readonly List<(ZipArchiveEntry Entry, int Label)> _images = [];
    private readonly PixelReader _pixels;

    /// <param name="size">Height and width to which images are cropped and resized.</param>
    /// <param name="files">Zip files, one after another; the files in each are taken in alphabetical order.</param>
    public ZippedImages(int size, params IReadOnlyList<string> files)
    {
        _pixels = new PixelReader(size, size, ImageFit.CenterCrop);
        var starts = new List<int>();
        foreach (var file in files)
        {
            starts.Add(_images.Count);
            var entries = ZipFile.OpenRead(file).Entries.Where(e => e.Name.Length > 0).OrderBy(e => e.FullName, StringComparer.Ordinal).ToList();
            var classes = entries.Select(Class).Distinct().Order(StringComparer.Ordinal).ToList();
            _images.AddRange(entries.Select(e => (e, classes.IndexOf(Class(e)))));
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

    private static string Class(ZipArchiveEntry entry) => entry.FullName.Split('/')[^2];
}
