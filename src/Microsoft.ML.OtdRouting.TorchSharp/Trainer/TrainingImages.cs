using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Training.Objectives;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>All images at the largest size, one byte for each of three colours of a pixel, with the truth about them.</summary>
internal sealed class TrainingImages
{
    private readonly List<byte[]> _pixels = [];
    private readonly List<float[]> _truths = [];
    private readonly List<int> _training = [];
    private readonly List<int> _heldBack = [];

    private TrainingImages(BoundObjective objective) => Objective = objective;

    /// <summary>What they are trained for.</summary>
    public BoundObjective Objective { get; }

    /// <summary>Images that are trained on.</summary>
    public IReadOnlyList<int> Training => _training;

    /// <summary>Images that are measured on.</summary>
    public IReadOnlyList<int> HeldBack => _heldBack;

    /// <summary>Mean of each colour over the images that are trained on, 0..255.</summary>
    public IReadOnlyList<float> Mean { get; private set; } = [];

    /// <summary>Its deviation; at least 1.</summary>
    public IReadOnlyList<float> StandardDeviation { get; private set; } = [];

    /// <summary>SHA-256 of pixels and truths, in their order.</summary>
    public string Digest { get; private set; } = "";

    /// <summary>Planar RGB of an image at the largest size.</summary>
    public ReadOnlySpan<byte> Pixels(int image) => _pixels[image];

    /// <summary>The truth about an image.</summary>
    public ReadOnlySpan<float> Truth(int image) => _truths[image];

    /// <summary>Reads a view once.</summary>
    /// <param name="options">The training.</param>
    /// <param name="view">The view.</param>
    /// <exception cref="ArgumentException">There is no column of images or of the truth.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read, or there is no truth about it, or there are too few of them.</exception>
    public static TrainingImages Read(TrainingOptions options, IDataView view)
    {
        var (height, width) = (options.Largest.Height, options.Largest.Width);
        var image = ImageSource.Bind(view.Schema, options.ImageColumnName, height, width);
        var objective = options.Objective.Bind(options, view.Schema);
        var result = new TrainingImages(objective);
        using var cursor = view.GetRowCursor([image, .. objective.Columns]);
        var read = objective.CreateReader(cursor);
        var source = new ImageSource(cursor, image, new PixelReaders(height, width, options.ImageFit), new ImageDecoder(options.Decoding), capacity: 1, keep: false);
        using var window = source.Window;
        var pixels = new float[3 * height * width];
        var started = Stopwatch.GetTimestamp();
        string Describe() => RowLocation.Describe(view, cursor.Position);
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            var frame = source.Read(ref pixels, Describe);
            result.Add(pixels, read(frame, Describe), options.HeldBackFraction);
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

    private void Add(ReadOnlySpan<float> pixels, float[] truth, double heldBackFraction)
    {
        var bytes = new byte[pixels.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)Math.Clamp(MathF.Round(pixels[i]), 0, 255);
        }

        // By content, so that an image that occurs twice is not on both sides.
        (HeldBackRows.Contain(pixels, heldBackFraction) ? _heldBack : _training).Add(_pixels.Count);
        _pixels.Add(bytes);
        _truths.Add(truth);
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
            hash.AppendData(MemoryMarshal.AsBytes<float>(_truths[image]));
        }

        Digest = Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant();
    }
}
