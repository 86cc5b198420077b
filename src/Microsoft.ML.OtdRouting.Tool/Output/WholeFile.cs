namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Writes files that appear under their name only when they are whole.</summary>
internal static class WholeFile
{
    /// <summary>Writes to a temporary neighbour and moves it into place; removes it if writing fails.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        string partial = path + ".partial";
        try
        {
            using (FileStream stream = new(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                write(stream);
            }

            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
