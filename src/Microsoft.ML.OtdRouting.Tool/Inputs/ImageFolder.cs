using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>Reads a folder of class folders: <c>DIR/&lt;label&gt;/*.jpg|png</c>.</summary>
internal static class ImageFolder
{
    private static readonly string[] _extensions = [".jpg", ".jpeg", ".png"];

    /// <summary>Lists the images, by class and name.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="labelled">Whether every image needs a label; otherwise images directly in the folder are taken as well.</param>
    /// <exception cref="DataException">There are no images where they are expected.</exception>
    public static IReadOnlyList<LabelledImage> Read(string folder, bool labelled)
    {
        List<LabelledImage> images = [];
        List<string> direct = Images(folder);
        foreach (string classFolder in Folders(folder))
        {
            string label = Path.GetFileName(classFolder);
            images.AddRange(Images(classFolder).Select(path => new LabelledImage(path, label, path)));
        }

        if (!labelled)
        {
            images.AddRange(direct.Select(path => new LabelledImage(path, "", path)));
        }
        else if (direct.Count > 0)
        {
            throw new DataException(
                $"{folder} holds {direct.Count} image{(direct.Count == 1 ? "" : "s")} directly ({Path.GetFileName(direct[0])}), whose class is not known; " +
                "expected class folders: DIR/<label>/<name>.jpg or .png.");
        }

        return images.Count > 0 ? images : throw Empty(folder);
    }

    private static DataException Empty(string folder)
    {
        string? nested = Folders(folder).FirstOrDefault(inner => Folders(inner).Any(f => Images(f).Count > 0));
        return new DataException(
            $"{folder} holds no images; expected class folders: DIR/<label>/<name>.jpg or .png." +
            (nested is null ? "" : $" The class folders seem to be in {nested}."));
    }

    private static List<string> Images(string folder) =>
        [.. Directory.EnumerateFiles(folder)
            .Where(path => _extensions.Contains(Path.GetExtension(path).ToLowerInvariant()) && !IsHidden(path))
            .Order(StringComparer.Ordinal)];

    private static List<string> Folders(string folder) =>
        [.. Directory.EnumerateDirectories(folder).Where(path => !IsHidden(path)).Order(StringComparer.Ordinal)];

    /// <summary>What file managers and archivers leave behind.</summary>
    private static bool IsHidden(string path) => Path.GetFileName(path) is ['.', ..] or "__MACOSX";
}
