using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Quality.Ablations;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Scores;

/// <summary>Labels, contents (which the folds follow from), what is kept of the resolutions' outputs, and thumbnails of images.</summary>
internal sealed class ScoredRows(int[] labels, int[] contents, float[][] kept, float[] thumbnails)
{
    /// <summary>Grey cells along a side of the thumbnails.</summary>
    public const int ThumbnailSize = 8;

    private const int Window = 256;

    public int Count => labels.Length;

    public int Label(int row) => labels[row];

    /// <summary>The number that an image's fold is a function of.</summary>
    public int Content(int row) => contents[row];

    public ReadOnlySpan<float> Kept(int resolution, int row) => Row(kept[resolution], row);

    public ReadOnlySpan<float> Thumbnail(int row) => Row(thumbnails, row);

    /// <summary>What the outcome depends on, the images apart: the models and the form in which it is kept.</summary>
    public static string Key(IReadOnlyList<Resolution> resolutions)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resolution in resolutions)
        {
            hash.AppendData(File.ReadAllBytes(resolution.ModelFile));
        }

        hash.AppendData(Encoding.UTF8.GetBytes($"2 {ThumbnailSize}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    /// <summary>Scores all images at all resolutions, as the product's estimator does.</summary>
    public static ScoredRows Score(string name, ScorerSet scorers, BoundTask task, IImageSet images)
    {
        var resolutions = scorers.Scorers.Count;
        var labels = new int[images.Count];
        var contents = new int[images.Count];
        var kept = Enumerable.Range(0, resolutions).Select(r => new float[images.Count * task.KeptLength(r)]).ToArray();
        var thumbnail = new ThumbnailFeatures(scorers.ImageHeight, scorers.ImageWidth, ThumbnailSize);
        var thumbnails = new float[images.Count * thumbnail.Count];
        using var window = new ObservationWindow(scorers, task, Window, (_, slot, problem, _) => throw new InvalidDataException($"Image {slot} of a window: {problem}"));
        for (var start = 0; start < images.Count; start += Window)
        {
            var slots = Enumerable.Range(0, Math.Min(Window, images.Count - start)).ToArray();
            foreach (var slot in slots)
            {
                var row = start + slot;
                images.Read(row, window.Pixels(slot));
                labels[row] = images.Label(row);
                contents[row] = RowPlace.Of(window.Pixels(slot), int.MaxValue).Fold;
                thumbnail.Describe(window.Pixels(slot), thumbnails.AsSpan(row * thumbnail.Count, thumbnail.Count));
            }

            for (var resolution = 0; resolution < resolutions; resolution++)
            {
                window.Observe(resolution, slots);
                var length = task.KeptLength(resolution);
                foreach (var slot in slots)
                {
                    window.Kept(resolution, slot).CopyTo(kept[resolution].AsSpan((start + slot) * length));
                }
            }

            if (start / Window % 8 == 7)
            {
                Progress.Write($"{name}: scored {start + slots.Length} of {images.Count} images.");
            }
        }

        return new ScoredRows(labels, contents, kept, thumbnails);
    }

    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (var stream = File.Create(file + ".new"))
        {
            stream.Write(MemoryMarshal.AsBytes<int>([labels.Length, kept.Length, thumbnails.Length, .. kept.Select(k => k.Length)]));
            stream.Write(MemoryMarshal.AsBytes<int>(labels));
            stream.Write(MemoryMarshal.AsBytes<int>(contents));
            stream.Write(MemoryMarshal.AsBytes<float>(thumbnails));
            foreach (var values in kept)
            {
                stream.Write(MemoryMarshal.AsBytes<float>(values));
            }
        }

        File.Move(file + ".new", file, overwrite: true);
    }

    public static ScoredRows Load(string file)
    {
        using var stream = File.OpenRead(file);
        var counts = Read<int>(stream, 3);
        var lengths = Read<int>(stream, counts[1]);
        var labels = Read<int>(stream, counts[0]);
        var contents = Read<int>(stream, counts[0]);
        var thumbnails = Read<float>(stream, counts[2]);
        return new ScoredRows(labels, contents, lengths.Select(length => Read<float>(stream, length)).ToArray(), thumbnails);
    }

    private static T[] Read<T>(Stream stream, int length)
        where T : struct
    {
        var values = new T[length];
        stream.ReadExactly(MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }

    private ReadOnlySpan<float> Row(float[] values, int row)
    {
        var length = values.Length / labels.Length;
        return values.AsSpan(row * length, length);
    }
}
