using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>Reads a folder of class folders: <c>DIR/&lt;label&gt;/*.jpg</c> and what else ML.NET decodes.</summary>
internal static class ImageFolder
{
    private const string Expected = "class folders: DIR/<label>/<name>.jpg, .png, .webp, .gif or .bmp";

    /// <summary>What ML.NET's image library decodes.</summary>
    private static readonly string[] _extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"];

    /// <summary>Images that it does not decode; other files are none.</summary>
    private static readonly string[] _undecoded = [".tif", ".tiff", ".heic", ".heif", ".avif", ".jp2", ".jxl", ".psd", ".svg"];

    /// <summary>Lists the images, by class and name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labelled">Whether every image needs a label; otherwise images directly in the folder are taken as well.</param>
    /// <param name="warn">Is told which images are skipped.</param>
    /// <exception cref="DataException">There are no images where they are expected.</exception>
    public static IReadOnlyList<LabelledImage> Read(string folder, bool labelled, Action<FormattableString>? warn)
    {
        List<LabelledImage> images = [];
        List<string> direct = Images(folder);
        foreach (string classFolder in Folders(folder))
        {
            string label = Path.GetFileName(classFolder);
            images.AddRange(Images(classFolder).Select(path => new LabelledImage(path, label, path)));
        }

        if (((string[])[folder, .. Folders(folder)]).SelectMany(inside => Files(inside, _undecoded)).ToList() is { Count: > 0 } skipped)
        {
            string names = NameList.Of([.. skipped.Select(path => Path.GetRelativePath(folder, path))]);
            warn?.Invoke($"{folder}: {skipped.Count} image{(skipped.Count == 1 ? " is" : "s are")} skipped, of a format that is not decoded: {names}.");
        }

        if (!labelled)
        {
            images.AddRange(direct.Select(path => new LabelledImage(path, "", path)));
        }
        else if (direct.Count > 0)
        {
            throw new DataException(
                $"{folder} holds {direct.Count} image{(direct.Count == 1 ? "" : "s")} directly ({Path.GetFileName(direct[0])}), whose class is not known; " +
                $"expected {Expected}.");
        }

        return images.Count > 0 ? images : throw Empty(folder);
    }

    private static DataException Empty(string folder)
    {
        string? nested = Folders(folder).FirstOrDefault(inner => Folders(inner).Any(f => Images(f).Count > 0));
        return new DataException(
            $"{folder} holds no images; expected {Expected}." +
            (nested is null ? "" : $" The class folders seem to be in {nested}."));
    }

    private static List<string> Images(string folder) => Files(folder, _extensions);

    private static List<string> Files(string folder, string[] extensions) =>
        [.. Directory.EnumerateFiles(folder)
            .Where(path => extensions.Contains(Path.GetExtension(path).ToLowerInvariant()) && !IsHidden(path))
            .Order(StringComparer.Ordinal)];

    private static List<string> Folders(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(path => !IsHidden(path)).Order(StringComparer.Ordinal)];

    /// <summary>What file managers and archivers leave behind.</summary>
    private static bool IsHidden(string path) => Path.GetFileName(path) is ['.', ..] or "__MACOSX";
}
