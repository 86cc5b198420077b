using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Quality.Images;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Scores;

/// <summary>Labels, contents (which the folds follow from), outputs and features of images.</summary>
internal sealed class ScoredRows(int[] labels, int[] contents, float[] outputs, float[] features)
{
    private const int Window = 256;

    public int Count => labels.Length;

    public int Label(int row) => labels[row];

    /// <summary>The number that an image's fold is a function of.</summary>
    public int Content(int row) => contents[row];

    public ReadOnlySpan<float> Outputs(int row) => Row(outputs, row);

    public ReadOnlySpan<float> Features(int row) => Row(features, row);

    /// <summary>What the outcome depends on, the images apart: the models and the features.</summary>
    public static string Key(IReadOnlyList<Resolution> resolutions, FeatureExtractor features)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resolution in resolutions)
        {
            hash.AppendData(File.ReadAllBytes(resolution.ModelFile));
        }

        hash.AppendData(Encoding.UTF8.GetBytes($"{features.GetType().Name} {features.Count}"));
        return Convert.ToHexStringLower(hash.GetHashAndReset())[..12];
    }

    /// <summary>Scores all images at all resolutions, as the product's estimator does.</summary>
    public static ScoredRows Score(string name, ScorerSet scorers, FeatureExtractor features, IImageSet images)
    {
        var table = new OutputTable(scorers, features, 2, hasWeights: false);
        var contents = new int[images.Count];
        using var window = new ScoringWindow(scorers.Scorers, scorers.ImageLength, Window);
        for (var start = 0; start < images.Count; start += Window)
        {
            var count = Math.Min(Window, images.Count - start);
            for (var slot = 0; slot < count; slot++)
            {
                images.Read(start + slot, window.Pixels(slot));
                contents[start + slot] = RowFold.Of(window.Pixels(slot), int.MaxValue);
                table.AddRow(images.Label(start + slot), 1);
            }

            table.AddWindow(window, count, CancellationToken.None);
            if (start / Window % 8 == 7)
            {
                Progress.Write($"{name}: scored {start + count} of {images.Count} images.");
            }
        }

        var outputs = new List<float>();
        var values = new List<float>();
        for (var row = 0; row < table.Rows; row++)
        {
            for (var resolution = 0; resolution < table.Resolutions; resolution++)
            {
                CollectionExtensions.AddRange(outputs, table.Output(resolution, row));
            }

            CollectionExtensions.AddRange(values, table.Features(row));
        }

        return new ScoredRows(table.Labels.ToArray(), contents, [.. outputs], [.. values]);
    }

    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        using (var stream = File.Create(file + ".new"))
        {
            stream.Write(MemoryMarshal.AsBytes<int>([labels.Length, outputs.Length, features.Length]));
            stream.Write(MemoryMarshal.AsBytes<int>(labels));
            stream.Write(MemoryMarshal.AsBytes<int>(contents));
            stream.Write(MemoryMarshal.AsBytes<float>(outputs));
            stream.Write(MemoryMarshal.AsBytes<float>(features));
        }

        File.Move(file + ".new", file, overwrite: true);
    }

    public static ScoredRows Load(string file)
    {
        using var stream = File.OpenRead(file);
        var lengths = Read<int>(stream, 3);
        return new ScoredRows(
            Read<int>(stream, lengths[0]), Read<int>(stream, lengths[0]), Read<float>(stream, lengths[1]), Read<float>(stream, lengths[2]));
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
