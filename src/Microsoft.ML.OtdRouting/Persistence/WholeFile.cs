namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Writes files that appear under their name only when they are whole.</summary>
internal static class WholeFile
{
    /// <summary>Writes to a neighbour, brings it to the disk, and renames it; if that fails, the neighbour goes and an old file stays as it is.</summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        // A name of its own for every writer: two processes may save to one path, and the last one wins with a whole file.
        var partial = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 20))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(partial, path, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }
}
