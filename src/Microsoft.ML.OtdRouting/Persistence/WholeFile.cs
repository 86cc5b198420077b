using System.Security.Cryptography;
using System.Text;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// Writes files that appear under their name only when they are whole. What stands under the name is replaced and not changed in kind: the target of
/// a symbolic link is written and the link stays; a file keeps its mode, and its owner where the system lets it be given away; what is no regular file is
/// refused.
/// </summary>
internal static class WholeFile
{
    private const string Extension = ".partial";

    /// <summary>What file systems take for a name: bytes on Unix, characters on Windows.</summary>
    private const int LongestName = 255;

    /// <summary>A writer holds a lock on its file, but not every file system has locks: what is younger than this may still be written.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    /// <summary>Writes to a neighbour, brings it to the disk, and renames it; if that fails, the neighbour goes and an old file stays as it is.</summary>
    /// <param name="path">The file, or a link to it.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        var target = Target(path);
        RemoveAbandoned(target);
        var (partial, stream) = CreatePartial(path, target);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            UnixFile.CopyRights(target, partial);
            File.Move(partial, target, overwrite: true);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    /// <summary>Throws where <see cref="Write"/> could not write: better known before long work than after it.</summary>
    /// <param name="path">The file, or a link to it. An old file stays as it is, and no new one is left.</param>
    /// <exception cref="IOException">The file cannot be written; the message names it.</exception>
    public static void Probe(string path)
    {
        var (partial, stream) = CreatePartial(path, Target(path));
        stream.Dispose();
        File.Delete(partial);
    }

    /// <summary>The file that is written: the end of a chain of links, whether or not there is anything yet.</summary>
    private static string Target(string path)
    {
        string target;
        try
        {
            target = new FileInfo(path) is { LinkTarget: not null } link ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName : Path.GetFullPath(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e.Message, e);
        }

        var folder = Path.GetDirectoryName(target);
        if (!Directory.Exists(folder))
        {
            throw Refused(path, $"the folder {folder ?? target} does not exist");
        }

        if (Directory.Exists(target))
        {
            throw Refused(path, "it is a folder; expected the name of a file");
        }

        if (Length(Path.GetFileName(target)) is > LongestName and var length)
        {
            throw Refused(path, $"its name is {length} long; at most {LongestName} are allowed");
        }

        if (UnixFile.IsSpecial(target))
        {
            throw Refused(path, "it is a device, a pipe or a socket; expected a regular file or a new name");
        }

        return target;
    }

    /// <summary>A name of its own for every writer: two processes may save to one path, and the last one wins with a whole file.</summary>
    private static (string Path, FileStream Stream) CreatePartial(string path, string target)
    {
        try
        {
            var replaces = File.Exists(target);
            if (replaces)
            {
                // Replacing needs rights on the folder alone; but a file that must not be written must not be replaced either.
                using var old = new FileStream(target, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, 1);
            }

            var partial = $"{PartialPrefix(target)}.{Guid.NewGuid():N}{Extension}";
            var options = new FileStreamOptions
            {
                Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 20,
            };
            if (!OperatingSystem.IsWindows() && replaces)
            {
                // Nobody else may read what will replace a private file while it is written.
                options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            return (partial, new FileStream(partial, options));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(path, e.Message, e);
        }
    }

    /// <summary>What all partial files of a target begin with: its name, or where that would be too long, a digest of it.</summary>
    private static string PartialPrefix(string target)
    {
        var (folder, name) = (Path.GetDirectoryName(target)!, Path.GetFileName(target));
        var added = 1 + Guid.Empty.ToString("N").Length + Extension.Length;
        return Path.Combine(folder, Length(name) + added <= LongestName ? name : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
    }

    /// <summary>Deletes what writers have left behind that were killed. Failing at that is no reason not to write.</summary>
    private static void RemoveAbandoned(string target)
    {
        var prefix = Path.GetFileName(PartialPrefix(target));
        var length = prefix.Length + 1 + Guid.Empty.ToString("N").Length + Extension.Length;
        try
        {
            var left = Directory.EnumerateFiles(Path.GetDirectoryName(target)!, $"*{Extension}")
                .Where(file => Path.GetFileName(file) is var name && name.Length == length && name.StartsWith(prefix + ".", StringComparison.Ordinal) &&
                    Guid.TryParseExact(name.AsSpan(prefix.Length + 1, 32), "N", out _) && DateTime.UtcNow - File.GetLastWriteTimeUtc(file) > Abandoned);
            foreach (var file in left)
            {
                // Opening it fails where a living writer has it open.
                using var own = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.Delete, 1);
                File.Delete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static int Length(string name) => OperatingSystem.IsWindows() ? name.Length : Encoding.UTF8.GetByteCount(name);

    private static IOException Refused(string path, string reason, Exception? inner = null) =>
        new($"'{path}' cannot be written: {reason.TrimEnd('.')}.", inner);
}
