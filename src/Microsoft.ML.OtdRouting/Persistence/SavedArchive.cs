using System.IO.Compression;
using System.IO.Hashing;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>
/// The zip that a model file of ML.NET is. All of it is looked through before ML.NET opens anything: ML.NET does not compare checksums, and takes
/// whatever memory a damaged length asks for.
/// </summary>
internal static class SavedArchive
{
    private const string GraphEntry = "OnnxModel";

    /// <summary>Entries may unpack to so many times the file; weights hardly get smaller at all.</summary>
    private const int MostExpansion = 200;

    /// <summary>Entries may unpack to this much, in bytes, however small the file.</summary>
    private const long AlwaysAllowed = 64 << 20;

    /// <summary>The graphs of routers in a file, by the folders they are in.</summary>
    /// <exception cref="InvalidDataException">The file is no zip, or damaged, or would unpack to more than such a file does.</exception>
    public static IReadOnlyDictionary<string, SavedGraph> Read(Stream file)
    {
        using var archive = Open(file);
        var graphs = new Dictionary<string, SavedGraph>(StringComparer.OrdinalIgnoreCase);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var left = Math.Max(AlwaysAllowed, MostExpansion * file.Length);
        foreach (var entry in archive.Entries)
        {
            var path = entry.FullName.Replace('\\', '/');
            Damage.Require(names.Add(path), $"entry '{path}'", "it is there twice");
            left -= entry.Length;
            Damage.Require(
                left >= 0 && entry.Length <= Array.MaxLength, $"entry '{path}'",
                $"with it, the file of {file.Length} bytes unpacks to more than {MostExpansion} times as much");
            var isGraph = entry.Name.Equals(GraphEntry, StringComparison.OrdinalIgnoreCase);
            var bytes = Unpack(entry, path, isGraph);
            if (isGraph && RouterMetadata.Read($"graph '{path}'", WithoutLength(bytes, path)) is { } graph)
            {
                graphs[path[..Math.Max(0, path.LastIndexOf('/'))]] = graph;
            }
        }

        return graphs;
    }

    private static ZipArchive Open(Stream file)
    {
        try
        {
            return new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException)
        {
            throw new InvalidDataException($"it is not a readable model of ML.NET: {e.Message}", e);
        }
    }

    /// <summary>Unpacks an entry, to keep it or just to compare its checksum.</summary>
    private static byte[] Unpack(ZipArchiveEntry entry, string path, bool keep)
    {
        var checksum = new Crc32();
        var kept = new byte[keep ? entry.Length : 0];
        try
        {
            using var stream = entry.Open();
            if (keep)
            {
                stream.ReadExactly(kept);
                checksum.Append(kept);
            }
            else
            {
                checksum.Append(stream);
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException)
        {
            throw Damage.In($"entry '{path}'", e.Message, e);
        }

        Damage.Require(checksum.GetCurrentHashAsUInt32() == entry.Crc32, $"entry '{path}'", "its checksum is not that of its bytes");
        return kept;
    }

    /// <summary>The graph's bytes, ahead of which ML.NET puts their number.</summary>
    private static ReadOnlyMemory<byte> WithoutLength(byte[] bytes, string path)
    {
        Damage.Require(
            bytes.Length > sizeof(int) && BitConverter.ToInt32(bytes) == bytes.Length - sizeof(int), $"entry '{path}'", "its length is not that of its bytes");
        return bytes.AsMemory(sizeof(int));
    }
}
