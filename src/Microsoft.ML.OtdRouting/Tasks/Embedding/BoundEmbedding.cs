using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Embeddings of models whose outputs are known.</summary>
internal sealed class BoundEmbedding : BoundTask
{
    /// <summary>Most images that are searched: of more rows every so many are taken.</summary>
    public const int MostImages = 8_192;

    private readonly EmbeddingTask _task;
    private readonly IReadOnlyList<EmbeddingOutput> _outputs;
    private readonly IReadOnlyList<FoldedMap?> _maps;
    private readonly IReadOnlyList<FoldedMap?> _tuned;
    private readonly LabelNumbers _labels;

    /// <param name="task">The task.</param>
    /// <param name="outputs">Where the embeddings of all resolutions are, in ascending order of cost.</param>
    /// <param name="maps">Maps of all resolutions into the space of the last; null before they are fitted.</param>
    /// <param name="tuned">Maps that are fitted to labels, null for resolutions that do without; null for none.</param>
    /// <param name="labels">Numbers of labels; null for none seen yet.</param>
    public BoundEmbedding(
        EmbeddingTask task,
        IReadOnlyList<EmbeddingOutput> outputs,
        IReadOnlyList<FoldedMap?>? maps,
        IReadOnlyList<FoldedMap?>? tuned = null,
        LabelNumbers? labels = null)
    {
        _task = task;
        _outputs = outputs;
        _maps = maps ?? [];
        _tuned = tuned ?? [];
        _labels = labels ?? new LabelNumbers();
    }

    /// <inheritdoc/>
    public override EmbeddingTask Task => _task;

    /// <summary>Maps of all resolutions, null for those that are in the space of the last; empty before they are fitted.</summary>
    public IReadOnlyList<FoldedMap?> Maps => _maps;

    /// <summary>Maps that are fitted to labels, null for resolutions that do without; empty where there are none.</summary>
    public IReadOnlyList<FoldedMap?> Tuned => _tuned;

    public override string QualityName => _task.LabelColumnName is null ? EmbeddingOutcomes.AgreementAt1 : EmbeddingOutcomes.RecallAt1;

    public override bool HasBoundedQuality => true;

    public override bool Searches => true;

    public override int? Folds => _maps.Concat(_tuned).FirstOrDefault(m => m?.ByFold.Count > 0)?.ByFold.Count;

    public override string LossName => $"{_task.Loss}";

    /// <summary>Those that need no maps which have not been fitted.</summary>
    public override IReadOnlyList<BoundTask> OtherLosses => new[] { EmbeddingLoss.Cosine, EmbeddingLoss.Neighbour }
        .Where(l => l != _task.Loss)
        .Select(With)
        .ToList();

    public override int TargetLength => _task.LabelColumnName is null ? 0 : 1;

    public override int AnswerLength => _outputs[^1].Length;

    public override IReadOnlyList<TaskColumn> Columns =>
    [
        new TaskColumn(
            _task.EmbeddingColumnName,
            new VectorDataViewType(NumberDataViewType.Single, AnswerLength),
            null,
            answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Vectors.Copy(answer(), ref value))),
    ];

    /// <summary>Number of resolutions.</summary>
    public int ResolutionCount => _outputs.Count;

    /// <summary>The tensor, of those that are read of a resolution, which holds its embedding.</summary>
    public int TensorOf(int resolution) => _outputs[resolution].Tensor;

    /// <summary>The map of a resolution; null for one that is in the space of the last, and before maps are fitted.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="isTuned">Whether a map that is fitted to labels goes ahead of one that is not.</param>
    public FoldedMap? MapOf(int resolution, bool isTuned) =>
        (isTuned && resolution < _tuned.Count ? _tuned[resolution] : null) ?? (resolution < _maps.Count ? _maps[resolution] : null);

    /// <summary>The task with maps that are fitted to labels.</summary>
    public BoundEmbedding WithTuned(IReadOnlyList<FoldedMap?> tuned) => new(_task, _outputs, _maps, tuned, _labels);

    /// <summary>Where the embeddings of scorers are.</summary>
    public static IReadOnlyList<EmbeddingOutput> OutputsOf(ScorerSet scorers) =>
        scorers.Scorers.Select(s => new EmbeddingOutput(s.Outputs.Count - 1, s.Outputs[^1].Length)).ToList();

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema) =>
        _task.LabelColumnName is { } name ? [KeyColumn.Bind(schema, name)] : [];

    public override TargetReader OpenTargets(DataViewRow row) => new LabelNumberReader(
        _task.LabelColumnName, _task.LabelColumnName is { } name ? _labels.CreateGetter(row, row.Schema[name]) : null);

    public override int KeptLength(int resolution) => _outputs[resolution].Length;

    public override void Keep(int resolution, ImageOutput output, Span<float> kept) => output[_outputs[resolution].Tensor].CopyTo(kept);

    /// <summary>The embedding of a resolution in its own space: as the model gives it, or of the length one.</summary>
    public void Read(int resolution, ReadOnlySpan<float> kept, Span<float> target)
    {
        kept[.._outputs[resolution].Length].CopyTo(target);
        if (_task.UnitLength)
        {
            UnitVectors.Normalise(target);
        }
    }

    /// <summary>The embedding of a resolution in the space of the last.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="map">Its map; null for none.</param>
    /// <param name="kept">What is kept of its output.</param>
    /// <param name="target"><see cref="AnswerLength"/> numbers.</param>
    public void ReadMapped(int resolution, SpaceMap? map, ReadOnlySpan<float> kept, Span<float> target)
    {
        if (map is null)
        {
            Read(resolution, kept, target);
            return;
        }

        var own = System.Buffers.ArrayPool<float>.Shared.Rent(map.Inputs);
        try
        {
            Read(resolution, kept, own.AsSpan(0, map.Inputs));
            map.Apply(own.AsSpan(0, map.Inputs), target);
        }
        finally
        {
            System.Buffers.ArrayPool<float>.Shared.Return(own);
        }
    }

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken)
    {
        if (_task.LabelColumnName is { } name && observations.Rows > 0)
        {
            var first = observations.Target(0)[0];
            if (Enumerable.Range(0, observations.Rows).All(row => observations.Target(row)[0] == first))
            {
                throw new ArgumentException($"All {observations.Rows} rows have the same label in column '{name}': retrieval cannot fail, so there is nothing to measure it by.");
            }
        }

        var mapped = new BoundEmbedding(_task, _outputs, SpaceMapFit.Fit(observations, this, cancellationToken), labels: _labels);
        return _task.Loss == EmbeddingLoss.RetrievedLabel ? mapped.WithTuned(QueryMapFit.Fit(observations, mapped, cancellationToken)) : mapped;
    }

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var weights = EnsembleWeights.Fit(observations, this, routes, cancellationToken);
        var outcomes = new EmbeddingOutcomes(this, observations, isTuned: true, heldOut: true).Compute(routes, weights, withPrecision: false, cancellationToken);
        var anchors = LabelledAnchors.Fit(observations, this, firstLook, cancellationToken)
            ?? AnchorFit.Fit(observations, firstLook, KeptLength(firstLook), cancellationToken);
        return (new EmbeddingModel(this, firstLook, routes, weights, anchors, isTuned: true), outcomes);
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles) =>
        // A gallery cannot be searched with embeddings of another space: the maps into it stay.
        new EmbeddingModel(this, 0, singles, singles.Select(_ => new[] { 1f }).ToArray(), null, isTuned: false);

    public override ByteString Save() => SavedEmbeddingTask.Of(this).ToByteString();

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) =>
        SavedEmbeddingModel.Parser.ParseFrom(saved).ToModel(this, firstLook, routes);

    /// <summary>The images that rows search: those beside them, or themselves; embedded at the last resolution.</summary>
    public GalleryImages GalleryOf(Observations observations)
    {
        var source = observations.Gallery ?? observations;
        var step = (source.Rows + MostImages - 1) / MostImages;
        var rows = Enumerable.Range(0, source.Rows).Where(row => row % step == 0).ToArray();
        var vectors = new float[rows.Length * AnswerLength];
        for (var i = 0; i < rows.Length; i++)
        {
            var vector = vectors.AsSpan(i * AnswerLength, AnswerLength);
            Read(ResolutionCount - 1, source.Kept(ResolutionCount - 1, rows[i]), vector);
            UnitVectors.Normalise(vector);
        }

        var labels = TargetLength == 0 ? [] : rows.Select(row => source.Target(row)[0]).ToArray();
        return new GalleryImages(vectors, AnswerLength, labels, Math.Max(1, step), source == observations);
    }

    private BoundEmbedding With(EmbeddingLoss loss)
    {
        var task = (EmbeddingTask)_task.Freeze();
        task.Loss = loss;
        return new BoundEmbedding(task, _outputs, _maps, labels: _labels);
    }

    /// <summary>Reads the number of a row's label.</summary>
    private sealed class LabelNumberReader(string? column, Func<int>? getter) : TargetReader
    {
        public override void Read(Span<float> target, Func<string> describeRow)
        {
            if (getter is null)
            {
                return;
            }

            var number = getter();
            target[0] = number >= 0 ? number : throw new InvalidOperationException($"{describeRow()}: label column '{column}' is missing.");
        }
    }
}

/// <summary>Where the embedding of a resolution is.</summary>
/// <param name="Tensor">Which of the tensors that are read.</param>
/// <param name="Length">Its length.</param>
internal sealed record EmbeddingOutput(int Tensor, int Length);
