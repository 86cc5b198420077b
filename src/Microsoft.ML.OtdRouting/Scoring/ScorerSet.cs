using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// The scorers of all resolutions, in ascending order of cost, with the sessions they run on. The size of the largest resolution is the
/// size at which images are held.
/// </summary>
internal sealed class ScorerSet : IDisposable
{
    private readonly OnnxSessions _sessions;
    private readonly BatchPool _pool = new();
    private readonly int _runs;
    private readonly ScoringOptions _options;
    private int _owners = 1;

    /// <summary>Opens all models and counts their cost.</summary>
    /// <param name="resolutions">The resolutions, in any order.</param>
    /// <param name="fit">How images are brought to the largest resolution.</param>
    /// <param name="options">Batches, threads, device.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="unit">Unit of the costs.</param>
    /// <param name="decoding">What image files are accepted; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the measurement of times.</param>
    /// <exception cref="InvalidDataException">A model does not fit its resolution.</exception>
    public ScorerSet(
        IReadOnlyList<Resolution> resolutions,
        ImageFit fit,
        ScoringOptions options,
        Action<string> warn,
        CostUnit unit = CostUnit.Flops,
        ImageDecodingOptions? decoding = null,
        CancellationToken cancellationToken = default)
    {
        CostUnit = unit;
        Fit = fit;
        Decoder = new ImageDecoder(decoding);
        options.RequireWindow(3 * resolutions.Max(r => r.Height) * resolutions.Max(r => r.Width));
        ImageHeight = resolutions.Max(r => r.Height);
        ImageWidth = resolutions.Max(r => r.Width);
        Readers = new PixelReaders(ImageHeight, ImageWidth, fit);
        _runs = options.Runs;
        _options = options.Clone();
        _sessions = new OnnxSessions(options, warn);
        try
        {
            var costed = resolutions
                .Select(r => new ResolutionScorer(r, ImageHeight, ImageWidth, _sessions, options))
                .Select(s => (Scorer: s, Cost: Cost(s, cancellationToken)))
                .OrderBy(s => s.Cost)
                .ThenBy(s => s.Scorer.Resolution.Height * s.Scorer.Resolution.Width)
                .ToList();
            Scorers = costed.Select(s => s.Scorer).ToList();
            Costs = costed.Select(s => s.Cost).ToArray();
        }
        catch
        {
            _sessions.Dispose();
            throw;
        }
    }

    public IReadOnlyList<ResolutionScorer> Scorers { get; }

    /// <summary>Cost of one image at each resolution.</summary>
    public IReadOnlyList<double> Costs { get; }

    /// <summary>Unit of the costs.</summary>
    public CostUnit CostUnit { get; }

    public int ImageHeight { get; }

    public int ImageWidth { get; }

    /// <summary>Floats of an image at the largest resolution.</summary>
    public int ImageLength => 3 * ImageHeight * ImageWidth;

    public ImageFit Fit { get; }

    /// <summary>Decodes image files, where images come as paths or bytes.</summary>
    public ImageDecoder Decoder { get; }

    /// <summary>Bring images to the largest resolution.</summary>
    public PixelReaders Readers { get; }

    /// <summary>Batches that run side by side, and images that are decoded side by side.</summary>
    public int Runs => _runs;

    /// <summary>Rows of a window.</summary>
    /// <param name="promised">Whether a promise hangs on the number of rows.</param>
    public int WindowRows(bool promised) => _options.WindowRows(ImageLength, promised);

    public IReadOnlyList<string> Names => Scorers.Select(s => s.Resolution.Name).ToList();

    /// <summary>
    /// Adds an owner: routers for several budgets and open cursors share the sessions, which live until the last one is disposed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The last owner is gone: the sessions are native memory that must not be touched any more.</exception>
    public ScorerSet Share()
    {
        var owners = Volatile.Read(ref _owners);
        while (true)
        {
            ObjectDisposedException.ThrowIf(owners == 0, typeof(ScorerSet));
            var seen = Interlocked.CompareExchange(ref _owners, owners + 1, owners);
            if (seen == owners)
            {
                return this;
            }

            owners = seen;
        }
    }

    /// <summary>Removes an owner; the last one frees the sessions.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _owners) == 0)
        {
            _pool.Dispose();
            _sessions.Dispose();
        }
    }

    /// <summary>A window of images.</summary>
    /// <param name="capacity">Images that fit.</param>
    /// <param name="clock">Where the time goes.</param>
    public ScoringWindow CreateWindow(int capacity, ScoringClock clock) => new(Scorers, _pool, _runs, ImageLength, capacity, clock);

    private double Cost(ResolutionScorer scorer, CancellationToken cancellationToken) => CostUnit == CostUnit.Milliseconds
        ? scorer.Resolution.Milliseconds ?? ScorerTiming.Measure(scorer, ScorerTiming.Noise(ImageLength), ImageLength, cancellationToken).Best
        : scorer.CountFlops();
}
