using System.Diagnostics;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Images at all smaller sizes, with the model's own answers at its largest one, in one pass over the data.</summary>
internal sealed class AdaptationImages
{
    /// <summary>Fewer images kept back than this do not tell whether training has helped.</summary>
    private const int LeastHeldBack = 8;

    private readonly List<int> _training = [];
    private readonly List<int> _heldBack = [];

    private AdaptationImages(AdaptationOptions options, IReadOnlyList<Resolution> sizes)
    {
        Answers = new AnswerTable(options.Model!.OutputKind);
        Stores = sizes.ToDictionary(s => s, s => new ImageStore(s, options.Model.Height, options.Model.Width));
    }

    /// <summary>What the model says at its largest size.</summary>
    public AnswerTable Answers { get; }

    /// <summary>The images by size.</summary>
    public IReadOnlyDictionary<Resolution, ImageStore> Stores { get; }

    /// <summary>Images that are trained on.</summary>
    public IReadOnlyList<int> Training => _training;

    /// <summary>Images that are measured on.</summary>
    public IReadOnlyList<int> HeldBack => _heldBack;

    /// <summary>Reads a view once.</summary>
    /// <param name="options">The adaptation.</param>
    /// <param name="sizes">The smaller sizes.</param>
    /// <param name="scorer">The model at its largest size.</param>
    /// <param name="images">The view.</param>
    /// <exception cref="ArgumentException">There is no image column, or it has no images.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read, or there are too few of them.</exception>
    public static AdaptationImages Read(AdaptationOptions options, IReadOnlyList<Resolution> sizes, ResolutionScorer scorer, IDataView images)
    {
        var (height, width) = (scorer.Resolution.Height, scorer.Resolution.Width);
        var column = ImageSource.Bind(images.Schema, options.ImageColumnName, height, width);
        var result = new AdaptationImages(options, sizes);
        using var cursor = images.GetRowCursor([column]);
        using var batch = new ScorerBatch(scorer, scorer.MaxBatch);
        var source = new ImageSource(
            cursor, column, new PixelReaders(height, width, options.ImageFit), new ImageDecoder(options.Decoding), capacity: 1, keep: false);
        using var window = source.Window;
        var pixels = new float[3 * height * width];
        var started = Stopwatch.GetTimestamp();
        var (count, waiting) = (0, 0);
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            source.Read(ref pixels, () => RowLocation.Describe(images, cursor.Position));
            batch.SetImage(waiting, pixels);
            foreach (var store in result.Stores.Values)
            {
                store.Add(pixels);
            }

            // By content, so that an image that occurs twice is not on both sides.
            (HeldBackRows.Contain(pixels, options.HeldBackFraction) ? result._heldBack : result._training).Add(count++);
            if (++waiting == batch.Capacity)
            {
                result.Answer(batch, waiting);
                waiting = 0;
                options.Progress?.Report(new AdaptationProgress(null, count, 0, double.NaN, null, count / Stopwatch.GetElapsedTime(started).TotalSeconds, null));
            }
        }

        result.Answer(batch, waiting);
        result.RequireEnough(options.HeldBackFraction);
        return result;
    }

    private void Answer(ScorerBatch batch, int count)
    {
        if (count == 0)
        {
            return;
        }

        batch.Run(count);
        for (var i = 0; i < count; i++)
        {
            Answers.Add(batch.Output(0, i));
        }
    }

    private void RequireEnough(double fraction)
    {
        if (_heldBack.Count < LeastHeldBack || _training.Count < LeastHeldBack)
        {
            throw new InvalidOperationException(
                $"There are {_training.Count + _heldBack.Count} images, of which {_heldBack.Count} are kept back; an adaptation needs at least {LeastHeldBack} to train on and " +
                $"{LeastHeldBack} to measure on, so about {Math.Ceiling(LeastHeldBack / fraction)} in all with {nameof(AdaptationOptions.HeldBackFraction)} {fraction:0.###}. A thousand and more are better.");
        }
    }
}
