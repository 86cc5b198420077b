using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Classification;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>All images at the largest size, one byte for each of three colours of a pixel, with their classes.</summary>
internal sealed class TrainingImages
{
    private readonly List<byte[]> _pixels = [];
    private readonly List<int> _labels = [];
    private readonly List<int> _training = [];
    private readonly List<int> _heldBack = [];

    private TrainingImages(IReadOnlyList<string> classNames) => ClassNames = classNames;

    /// <summary>Names of the classes, by their numbers.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Class of each image.</summary>
    public IReadOnlyList<int> Labels => _labels;

    /// <summary>Images that are trained on.</summary>
    public IReadOnlyList<int> Training => _training;

    /// <summary>Images that are measured on.</summary>
    public IReadOnlyList<int> HeldBack => _heldBack;

    /// <summary>Mean of each colour over the images that are trained on, 0..255.</summary>
    public IReadOnlyList<float> Mean { get; private set; } = [];

    /// <summary>Its deviation; at least 1.</summary>
    public IReadOnlyList<float> StandardDeviation { get; private set; } = [];

    /// <summary>SHA-256 of pixels and classes, in their order.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Planar RGB of an image at the largest size.</summary>
    public ReadOnlySpan<byte> Pixels(int image) => _pixels[image];

    /// <summary>Reads a view once.</summary>
    /// <param name="options">The training.</param>
    /// <param name="view">The view.</param>
    /// <exception cref="ArgumentException">There is no column of images or of keys.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read or has no class, or there are too few of them.</exception>
    public static TrainingImages Read(TrainingOptions options, IDataView view)
    {
        var (height, width) = (options.Largest.Height, options.Largest.Width);
        var image = ImageSource.Bind(view.Schema, options.ImageColumnName, height, width);
        var label = KeyColumn.Bind(view.Schema, options.LabelColumnName);
        var result = new TrainingImages(ClassesOf(label));
        using var cursor = view.GetRowCursor([image, label]);
        var classOf = KeyColumn.CreateGetter(cursor, label);
        var source = new ImageSource(cursor, image, new PixelReaders(height, width, options.ImageFit), new ImageDecoder(options.Decoding), capacity: 1, keep: false);
        using var window = source.Window;
        var pixels = new float[3 * height * width];
        var started = Stopwatch.GetTimestamp();
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            source.Read(ref pixels, () => RowLocation.Describe(view, cursor.Position));
            result.Add(pixels, classOf(), options.HeldBackFraction, () => $"{RowLocation.Describe(view, cursor.Position)}: column '{label.Name}'");
            if (result._pixels.Count % options.BatchSize == 0)
            {
                var rate = result._pixels.Count / Math.Max(1e-9, Stopwatch.GetElapsedTime(started).TotalSeconds);
                options.Progress?.Report(new TrainingProgress(0, options.Epochs, result._pixels.Count, 0, double.NaN, null, rate, null));
            }
        }

        result.RequireEnough(options);
        result.Summarise(height * width);
        return result;
    }

    private static IReadOnlyList<string> ClassesOf(DataViewSchema.Column label)
    {
        var count = ((KeyDataViewType)label.Type).Count;
        return count is >= 2 and <= int.MaxValue
            ? ClassMap.KeyNames(label) ?? ClassMap.Positions((int)count)
            : throw new ArgumentException($"The label column '{label.Name}' has keys of {count} classes; at least 2 are needed.");
    }

    private void Add(ReadOnlySpan<float> pixels, int label, double heldBackFraction, Func<string> describe)
    {
        if (label < 0 || label >= ClassNames.Count)
        {
            throw new InvalidOperationException(
                $"{describe()} has {(label < 0 ? "no class" : string.Create(CultureInfo.InvariantCulture, $"key {label + 1}"))}; expected a key from 1 to {ClassNames.Count}.");
        }

        var bytes = new byte[pixels.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(MathF.Round(pixels[i]), 0, 255);
        }

        // By content, so that an image that occurs twice is not on both sides.
        (HeldBackRows.Contain(pixels, heldBackFraction) ? _heldBack : _training).Add(_pixels.Count);
        _pixels.Add(bytes);
        _labels.Add(label);
    }

    private void RequireEnough(TrainingOptions options)
    {
        if (_training.Count < options.BatchSize)
        {
            throw new InvalidOperationException(
                $"There are {_pixels.Count} images, of which {_heldBack.Count} are kept back; training needs at least one batch ({nameof(TrainingOptions.BatchSize)} is {options.BatchSize}).");
        }

        if (options.HeldBackFraction > 0 && _heldBack.Count == 0)
        {
            throw new InvalidOperationException(
                $"Of {_pixels.Count} images none are kept back with {nameof(TrainingOptions.HeldBackFraction)} {options.HeldBackFraction}; more images or a greater fraction are needed, or 0 for none.");
        }
    }

    private void Summarise(int plane)
    {
        Span<long> sums = stackalloc long[3];
        Span<long> squares = stackalloc long[3];
        foreach (var image in _training)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                foreach (var value in _pixels[image].AsSpan(channel * plane, plane))
                {
                    sums[channel] += value;
                    squares[channel] += value * value;
                }
            }
        }

        var (mean, deviation) = (new float[3], new float[3]);
        for (var channel = 0; channel < 3; channel++)
        {
            var count = (double)_training.Count * plane;
            var average = sums[channel] / count;
            mean[channel] = (float)average;
            deviation[channel] = (float)Math.Max(1, Math.Sqrt(Math.Max(0, (squares[channel] / count) - (average * average))));
        }

        (Mean, StandardDeviation) = (mean, deviation);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var image = 0; image < _pixels.Count; image++)
        {
            hash.AppendData(_pixels[image]);
            hash.AppendData(BitConverter.GetBytes(_labels[image]));
        }

        Digest = Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
