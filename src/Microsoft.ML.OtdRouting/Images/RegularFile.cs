namespace Microsoft.ML.OtdRouting.Images;

/// <summary>Files that can be read to their end.</summary>
internal static class RegularFile
{
    /// <summary>
    /// Whether a file is empty or none that ends: pipes and devices have no length. They must not even be opened: that waits for somebody who writes.
    /// </summary>
    /// <param name="path">The file, or a link to it.</param>
    public static bool IsEmptyOrSpecial(string path)
    {
        var file = new FileInfo(path);
        return (file.LinkTarget is null ? file : (FileInfo)file.ResolveLinkTarget(returnFinalTarget: true)!).Length == 0;
    }
}
