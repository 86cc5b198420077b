namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// The scorers of all resolutions, in ascending order of cost, with the sessions they run on. The size of the largest resolution is the
/// size at which images are held.
/// </summary>
internal sealed class ScorerSet : IDisposable
{
    private readonly OnnxSessions _sessions;
    private readonly ScorerSet? _whole;
    private int _owners = 1;

    /// <summary>Opens all models and counts their cost.</summary>
    /// <param name="resolutions">The resolutions, in any order.</param>
    /// <param name="fit">How images are brought to the largest resolution.</param>
    /// <param name="options">Batches, threads, device.</param>
    /// <param name="warn">Takes warnings.</param>
    /// <param name="unit">Unit of the costs.</param>
    /// <param name="featureModel">A model whose output describes images to the policy; null for none.</param>
    /// <param name="cancellationToken">Stops the measurement of times.</param>
    /// <exception cref="InvalidDataException">A model does not fit its resolution, or the models disagree on the number of classes.</exception>
    public ScorerSet(
        IReadOnlyList<Resolution> resolutions,
        ImageFit fit,
        ScoringOptions options,
        Action<string> warn,
        CostUnit unit = CostUnit.Flops,
        Resolution? featureModel = null,
        CancellationToken cancellationToken = default)
    {
        CostUnit = unit;
        Fit = fit;
        ImageHeight = resolutions.Max(r => r.Height);
        ImageWidth = resolutions.Max(r => r.Width);
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
            FeatureScorer = featureModel is null ? null : new ResolutionScorer(featureModel, ImageHeight, ImageWidth, _sessions, options);
            FeatureCost = FeatureScorer is null ? 0 : Cost(FeatureScorer, cancellationToken);
            RequireSameClasses();
        }
        catch
        {
            _sessions.Dispose();
            throw;
        }
    }

    private ScorerSet(ScorerSet whole, int first)
    {
        _whole = whole;
        _sessions = whole._sessions;
        CostUnit = whole.CostUnit;
        Fit = whole.Fit;
        ImageHeight = whole.ImageHeight;
        ImageWidth = whole.ImageWidth;
        Scorers = whole.Scorers.Skip(first).ToList();
        Costs = whole.Costs.Skip(first).ToArray();
    }

    public IReadOnlyList<ResolutionScorer> Scorers { get; }

    /// <summary>Cost of one image at each resolution.</summary>
    public IReadOnlyList<double> Costs { get; }

    /// <summary>Unit of the costs.</summary>
    public CostUnit CostUnit { get; }

    /// <summary>The model that describes images to the policy; null where none does.</summary>
    public ResolutionScorer? FeatureScorer { get; }

    /// <summary>Cost of one image in <see cref="FeatureScorer"/>.</summary>
    public double FeatureCost { get; }

    public int ImageHeight { get; }

    public int ImageWidth { get; }

    /// <summary>Floats of an image at the largest resolution.</summary>
    public int ImageLength => 3 * ImageHeight * ImageWidth;

    public ImageFit Fit { get; }

    public int ClassCount => Scorers[0].ClassCount;

    public IReadOnlyList<string> Names => Scorers.Select(s => s.Resolution.Name).ToList();

    public ModelOutputKind[] OutputKinds => Scorers.Select(s => s.Resolution.OutputKind).ToArray();

    /// <summary>
    /// Adds an owner: routers for several budgets and open cursors share the sessions, which live until the last one is disposed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The last owner is gone: the sessions are native memory that must not be touched any more.</exception>
    public ScorerSet Share()
    {
        if (_whole is not null)
        {
            _whole.Share();
            return this;
        }

        var owners = Volatile.Read(ref _owners);
        while (true)
        {
            ObjectDisposedException.ThrowIf(owners == 0, typeof(OtdRoutingTransformer));
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
        if (_whole is not null)
        {
            _whole.Dispose();
        }
        else if (Interlocked.Decrement(ref _owners) == 0)
        {
            _sessions.Dispose();
        }
    }

    /// <summary>The same scorers without the cheapest ones: not an owner of its own, but one and the same with this set.</summary>
    /// <param name="first">How many are left out.</param>
    public ScorerSet From(int first) => first == 0 ? this : new ScorerSet(this, first);

    /// <summary>A window of images with room for the outputs of all models, that of the features behind those of the resolutions.</summary>
    /// <param name="capacity">Images that fit.</param>
    /// <param name="vectorLength">Length of the vector that goes with each image; 0 for none.</param>
    public ScoringWindow CreateWindow(int capacity, int vectorLength) =>
        new(FeatureScorer is null ? Scorers : [.. Scorers, FeatureScorer], ImageLength, capacity, vectorLength);

    private double Cost(ResolutionScorer scorer, CancellationToken cancellationToken) => CostUnit == CostUnit.Milliseconds
        ? scorer.Resolution.Milliseconds ?? ScorerTiming.Measure(scorer, ScorerTiming.Noise(ImageLength), ImageLength, cancellationToken).Best
        : scorer.CountFlops();

    private void RequireSameClasses()
    {
        var other = Scorers.FirstOrDefault(s => s.ClassCount != ClassCount);
        if (other is not null)
        {
            throw new InvalidDataException(
                $"The models disagree on the number of classes: '{Scorers[0].Resolution.ModelFile}' has {ClassCount} " +
                $"(output '{Scorers[0].OutputName}'), '{other.Resolution.ModelFile}' has {other.ClassCount} (output '{other.OutputName}').");
        }
    }
}
