using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Maps of models whose outputs are known.</summary>
internal sealed class BoundDenseRegression : BoundTask
{
    private readonly DenseRegressionTask _task;
    private readonly IReadOnlyList<DenseShape> _shapes;
    private readonly BilinearMap[] _resizers;
    private readonly MapSummary[] _summaries;
    private readonly int[] _points;
    private readonly IReadOnlyList<FoldedScale> _scales;

    /// <param name="task">The task.</param>
    /// <param name="shapes">What all resolutions say, in ascending order of cost.</param>
    /// <param name="variance">Variance of the references of the fitting data; what plain squares are divided by.</param>
    /// <param name="scales">Scales and offsets of all resolutions; null before they are fitted.</param>
    public BoundDenseRegression(DenseRegressionTask task, IReadOnlyList<DenseShape> shapes, float variance = 1, IReadOnlyList<FoldedScale>? scales = null)
    {
        _task = task;
        _shapes = shapes;
        _scales = scales ?? [];
        Variance = variance;
        _resizers = shapes.Select(s => new BilinearMap(s, shapes[^1])).ToArray();
        _summaries = shapes.Select(s => new MapSummary(s.Height, s.Width, task.IsOfRatios)).ToArray();
        _points = KeptPoints.Choose(shapes[^1].Height, shapes[^1].Width, task.KeptPixels);
    }

    /// <inheritdoc/>
    public override DenseRegressionTask Task => _task;

    /// <summary>What plain squares are divided by.</summary>
    public float Variance { get; }

    /// <summary>Scales and offsets of all resolutions; empty before they are fitted, and in a loaded router.</summary>
    public IReadOnlyList<FoldedScale> Scales => _scales;

    /// <summary>What all resolutions say, in ascending order of cost.</summary>
    public IReadOnlyList<DenseShape> Shapes => _shapes;

    /// <summary>Number of pixels that are kept.</summary>
    public int Points => _points.Length;

    public override string QualityName => PixelErrors.QualityName(_task);

    public override bool HasBoundedQuality => _task.IsOfRatios;

    public override int? Folds => _scales.Count > 0 && _scales[0].ByFold.Count > 0 ? _scales[0].ByFold.Count : null;

    public override string LossName => $"{_task.Loss}";

    // What is kept of a map depends on whether ratios count, so the other losses are those for which it is the same.
    public override IReadOnlyList<BoundTask> OtherLosses => Enum.GetValues<DenseLoss>()
        .Where(l => l != _task.Loss && _task.IsOfRatios && l != DenseLoss.Squared)
        .Select(With)
        .ToList();

    public override int TargetLength => _task.TargetColumnName is null ? 0 : _points.Length;

    public override int AnswerLength => _shapes[^1].Length;

    public override IReadOnlyList<TaskColumn> Columns =>
    [
        new TaskColumn(
            _task.PredictionColumnName,
            new VectorDataViewType(NumberDataViewType.Single, _shapes[^1].Height, _shapes[^1].Width),
            null,
            answer => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Vectors.Copy(answer(), ref value))),
    ];

    public override IReadOnlyList<DataViewSchema.Column> TargetColumns(DataViewSchema schema) =>
        _task.TargetColumnName is { } name ? [TargetMaps.Bind(schema, name, "target column", _shapes[^1])] : [];

    public override TargetReader OpenTargets(DataViewRow row) => _task.TargetColumnName is { } name
        ? new TargetMapReader(_task, row.GetGetter<VBuffer<float>>(row.Schema[name]), _points, _shapes[^1].Width)
        : new NoTargetReader();

    public override int KeptLength(int resolution) => _points.Length + DescribedLength(resolution);

    public override int HeldLength(int resolution) => KeptLength(resolution) + _shapes[resolution].Length;

    public override void Keep(int resolution, ImageOutput output, Span<float> kept)
    {
        var map = output[0];
        _resizers[resolution].Sample(map, _points, kept);
        _summaries[resolution].Describe(map, kept[_points.Length..]);
        if (_shapes[resolution].Embedding is > 0 and var length)
        {
            output[1].CopyTo(kept.Slice(KeptLength(resolution) - length, length));
        }

        map.CopyTo(kept[KeptLength(resolution)..]);
    }

    /// <summary>The kept pixels of a resolution.</summary>
    public ReadOnlySpan<float> PixelsOf(ReadOnlySpan<float> kept) => kept[.._points.Length];

    /// <summary>Numbers that describe an image by a resolution: the summary of its map, and its embedding.</summary>
    public int DescribedLength(int resolution) => _summaries[resolution].Length + _shapes[resolution].Embedding;

    /// <summary>What describes an image by a resolution.</summary>
    public ReadOnlySpan<float> DescribedOf(int resolution, ReadOnlySpan<float> kept) => kept.Slice(_points.Length, DescribedLength(resolution));

    /// <summary>How a resolution's maps are described.</summary>
    public MapSummary SummaryOf(int resolution) => _summaries[resolution];

    /// <summary>How a resolution's maps are brought to the largest one's size.</summary>
    public BilinearMap ResizerOf(int resolution) => _resizers[resolution];

    /// <summary>A resolution's whole map, of what a window holds.</summary>
    public ReadOnlySpan<float> MapOf(int resolution, ReadOnlySpan<float> held) => held.Slice(KeptLength(resolution), _shapes[resolution].Length);

    /// <summary>Whether a row's true map has a value among the kept pixels.</summary>
    public bool HasTruth(Observations observations, int row)
    {
        foreach (var value in observations.Target(row))
        {
            if (!float.IsNaN(value))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What a row's maps are held against: its true map, or the largest resolution's where there is none.</summary>
    public ReadOnlySpan<float> ReferenceOf(Observations observations, int row) =>
        HasTruth(observations, row) ? observations.Target(row) : PixelsOf(observations.Kept(_shapes.Count - 1, row));

    public override BoundTask Settle(Observations observations, Action<string> warn, CancellationToken cancellationToken)
    {
        if (_task.TargetColumnName is { } name)
        {
            var known = Enumerable.Range(0, observations.Rows).Count(row => HasTruth(observations, row));
            if (known == 0 && observations.Rows > 0)
            {
                throw new ArgumentException(
                    $"No row has a value in target column '{name}' at any of the {_points.Length} kept pixels. Raise {nameof(_task.KeptPixels)} for sparse maps, or leave out {nameof(_task.TargetColumnName)}.");
            }

            if (known < observations.Rows)
            {
                warn($"{observations.Rows - known} of {observations.Rows} rows have no value in target column '{name}' at any of the {_points.Length} kept pixels: the largest resolution's maps take their place.");
            }
        }

        var settled = new BoundDenseRegression(_task, _shapes, VarianceOf(observations));
        return new BoundDenseRegression(_task, _shapes, settled.Variance, ScaleFit.Fit(observations, settled, cancellationToken));
    }

    public override (TaskModel Model, RouteOutcomes HeldOut) Fit(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, CancellationToken cancellationToken)
    {
        var weights = MixWeights.Fit(observations, this, routes, cancellationToken);
        var byFold = Enumerable.Range(0, observations.FoldCount)
            .Select(fold => RouteMix.Of(routes, weights, resolution => _scales[resolution].ByFold[fold]))
            .ToArray();
        return Finish(observations, firstLook, routes, RouteMix.Of(routes, weights, resolution => _scales[resolution].Deployed), row => byFold[observations.Fold(row)], cancellationToken);
    }

    public override TaskModel AsTheyAre(Observations observations, IReadOnlyList<Route> singles)
    {
        var mixes = RouteMix.Of(singles, singles.Select(_ => new[] { 1f }).ToArray(), _ => PixelScale.Identity);
        return Finish(observations, 0, singles, mixes, _ => mixes, CancellationToken.None).Model;
    }

    public override ByteString Save() => SavedDenseTask.Of(this).ToByteString();

    public override TaskModel Load(ByteString saved, int firstLook, IReadOnlyList<Route> routes) =>
        SavedDenseModel.Parser.ParseFrom(saved).ToModel(this, firstLook, routes);

    private (TaskModel Model, RouteOutcomes HeldOut) Finish(
        Observations observations, int firstLook, IReadOnlyList<Route> routes, IReadOnlyList<RouteMix> deployed, Func<int, IReadOnlyList<RouteMix>> mixesOf, CancellationToken cancellationToken)
    {
        var outcomes = new DenseOutcomes(this, observations).Compute(routes, mixesOf, cancellationToken);
        var doubts = MapDoubt.Fit(observations, this, routes, outcomes.Losses);
        return (new DenseModel(this, firstLook, routes, deployed, doubts), outcomes with { Confidence = MapDoubt.Confidence(observations, this, routes, doubts) });
    }

    private float VarianceOf(Observations observations)
    {
        var (count, mean, squares) = (0L, 0.0, 0.0);
        for (var row = 0; row < observations.Rows; row++)
        {
            foreach (var value in ReferenceOf(observations, row))
            {
                if (!float.IsNaN(value))
                {
                    // Welford's updates: the variance of large values must not vanish in the squares of their mean.
                    var difference = value - mean;
                    mean += difference / ++count;
                    squares += difference * (value - mean);
                }
            }
        }

        return count > 0 && squares > 0 && float.IsFinite((float)(squares / count)) ? (float)(squares / count) : 1;
    }

    private BoundDenseRegression With(DenseLoss loss)
    {
        var task = (DenseRegressionTask)_task.Freeze();
        task.Loss = loss;
        return new BoundDenseRegression(task, _shapes, Variance, _scales);
    }

    private sealed class NoTargetReader : TargetReader
    {
        public override void Read(Span<float> target, Func<string> describeRow)
        {
        }
    }
}
