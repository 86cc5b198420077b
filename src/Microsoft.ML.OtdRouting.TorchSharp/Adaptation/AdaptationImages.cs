using System.Diagnostics;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>Images with the model's own answers to views of them at its largest size, in one pass over the data.</summary>
internal sealed class AdaptationImages
{
    /// <summary>Fewer images kept back than this do not tell whether training has helped.</summary>
    private const int LeastHeldBack = 8;

    private readonly List<int> _training = [];
    private readonly List<int> _heldBack = [];
    private readonly List<ImageView[]> _views = [];
    private readonly List<int> _firstAnswers = [];

    private AdaptationImages(AdaptationOptions options)
    {
        Answers = new AnswerTable(options.Model!.OutputKind);
        Store = new ImageStore(options.Model.Height, options.Model.Width);
    }

    /// <summary>What the model says at its largest size.</summary>
    public AnswerTable Answers { get; }

    /// <summary>The images.</summary>
    public ImageStore Store { get; }

    /// <summary>Images that are trained on.</summary>
    public IReadOnlyList<int> Training => _training;

    /// <summary>Images that are measured on.</summary>
    public IReadOnlyList<int> HeldBack => _heldBack;

    /// <summary>The view of an image that comes up in an epoch, and the row of its answer. In each epoch some images are seen as a whole, others in part.</summary>
    public (ImageView View, int Answer) ViewIn(int epoch, int image)
    {
        var turn = (epoch + image) % _views[image].Length;
        return (_views[image][turn], _firstAnswers[image] + turn);
    }

    /// <summary>The row of the answer to a whole image.</summary>
    public int AnswerTo(int image) => _firstAnswers[image];

    /// <summary>Reads a view once.</summary>
    /// <param name="options">The adaptation.</param>
    /// <param name="scorer">The model at its largest size.</param>
    /// <param name="images">The view.</param>
    /// <exception cref="ArgumentException">There is no image column, or it has no images.</exception>
    /// <exception cref="InvalidOperationException">An image cannot be read, or there are too few of them.</exception>
    public static AdaptationImages Read(AdaptationOptions options, ResolutionScorer scorer, IDataView images)
    {
        var (height, width) = (scorer.Resolution.Height, scorer.Resolution.Width);
        var column = ImageSource.Bind(images.Schema, options.ImageColumnName, height, width);
        var result = new AdaptationImages(options);
        using var cursor = images.GetRowCursor([column]);
        using var batch = new ScorerBatch(scorer, scorer.MaxBatch);
        var source = new ImageSource(cursor, column, height, width, options.ImageFit, new ImageDecoder(options.Decoding), keep: 0);
        using var window = source.Window;
        var views = new ViewReader(result.Store, scorer.Resolution);
        var pixels = new float[3 * height * width];
        var folds = (int)Math.Round(1 / options.HeldBackFraction);
        var random = new Random(options.Seed);
        var started = Stopwatch.GetTimestamp();
        var waiting = 0;
        while (cursor.MoveNext())
        {
            source.Read(0, pixels, () => RowLocation.Describe(images, cursor.Position));
            var image = result.Add(pixels, folds, options.Views, random);
            foreach (var view in result._views[image])
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                batch.SetImage(waiting, views.Pixels(image, view));
                if (++waiting == batch.Capacity)
                {
                    result.Answer(batch, waiting);
                    waiting = 0;
                    var count = image + 1;
                    options.Progress?.Report(new AdaptationProgress(null, count, 0, double.NaN, null, count / Stopwatch.GetElapsedTime(started).TotalSeconds, null));
                }
            }
        }

        result.Answer(batch, waiting);
        result.RequireEnough(folds);
        return result;
    }

    private int Add(float[] pixels, int folds, int views, Random random)
    {
        var image = _views.Count;
        // By content, so that an image that occurs twice is not on both sides.
        var isHeldBack = RowPlace.Of(pixels, folds).Fold == 0;
        (isHeldBack ? _heldBack : _training).Add(image);
        var parts = Enumerable.Range(1, views - 1).Select(_ => ImageView.Draw(Store.Height, Store.Width, random)).ToList();
        _firstAnswers.Add(image == 0 ? 0 : _firstAnswers[^1] + _views[^1].Length);
        _views.Add([ImageView.Whole(Store.Height, Store.Width), .. isHeldBack ? [] : parts]);
        Store.Add(pixels);
        return image;
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

    private void RequireEnough(int folds)
    {
        if (_heldBack.Count < LeastHeldBack || _training.Count < LeastHeldBack)
        {
            throw new InvalidOperationException(
                $"There are {_training.Count + _heldBack.Count} images, of which {_heldBack.Count} are kept back; an adaptation needs at least {LeastHeldBack} to train on and " +
                $"{LeastHeldBack} to measure on, so about {LeastHeldBack * folds} in all with {nameof(AdaptationOptions.HeldBackFraction)} 1/{folds}. A thousand and more are better.");
        }
    }
}
