using System.IO.Compression;

namespace FashionRouting;

/// <summary>Pictures in class folders: the folder's name is the class.</summary>
public static class ImageFolder
{
    /// <summary>Unpacks a zip of class folders beside it, once, and lists its pictures in a fixed, shuffled order.</summary>
    public static IReadOnlyList<FashionRouter.ModelInput> Open(string zipFile)
    {
        var folder = Path.ChangeExtension(zipFile, null);
        if (!Directory.Exists(folder))
        {
            // Unpacked under another name first: an interrupted run must not leave half a folder behind.
            var partial = $"{folder}.{Environment.ProcessId}.part";
            ZipFile.ExtractToDirectory(zipFile, partial);
            Directory.Move(partial, folder);
        }

        return Directory.EnumerateFiles(folder, "*.png", SearchOption.AllDirectories)
            .OrderBy(Path.GetFileName, StringComparer.Ordinal)
            .Select(path => new FashionRouter.ModelInput { Path = path, Label = new DirectoryInfo(Path.GetDirectoryName(path)!).Name })
            .ToList();
    }
}
