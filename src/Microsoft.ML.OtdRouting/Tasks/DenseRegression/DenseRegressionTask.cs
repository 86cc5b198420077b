using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// A number for every pixel, such as its depth. The router adds <c>Prediction</c>: a map as large as the largest resolution's output, to which the
/// maps of smaller resolutions are brought by bilinear interpolation with half-pixel centres.
/// </summary>
/// <remarks>
/// A model's map is its output that answers (<see cref="Resolution.OutputName"/>): [1, height, width], or the same with an axis of one for its only
/// channel, at any place behind the first. Of the maps of the fitting data <see cref="KeptPixels"/> pixels are kept, the same ones of every image, so
/// that the losses are those of these pixels.
/// </remarks>
public sealed class DenseRegressionTask : RoutingTask
{
    /// <summary>What the task is called in saved routers.</summary>
    internal const string KindName = "dense-regression";

    /// <summary>Pixels below which there is nothing to tell routes apart by.</summary>
    internal const int LeastKeptPixels = 16;

    /// <summary>Makes the task of what was saved.</summary>
    internal static TaskKind Kind { get; } = new(KindName, SavedDenseTask.Load);

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <summary>Column for the maps: a vector of <see cref="float"/>, height × width of the largest resolution's output. Default <c>Prediction</c>.</summary>
    public string PredictionColumnName { get; set; } = "Prediction";

    /// <summary>
    /// Column with the true maps: a vector of <see cref="float"/> of the size of the largest resolution's output, row after row. Default null: there are
    /// none, and the largest resolution's maps take their place. A row whose target has no value among the kept pixels is fitted to the largest
    /// resolution's map as well, and left out of all measures.
    /// </summary>
    public string? TargetColumnName { get; set; }

    /// <summary>What stands in the target at pixels without a value. Default 0, as depth sensors have it; NaN always means the same.</summary>
    public float MissingTarget { get; set; }

    /// <summary>What the router minimises. Default <see cref="DenseLoss.AbsoluteRelative"/>.</summary>
    public DenseLoss Loss { get; set; } = DenseLoss.AbsoluteRelative;

    /// <summary>
    /// λ of <see cref="DenseLoss.SquaredLogarithm"/>, 0 to 1: 0 counts a wrong scale of the whole map in full, 1 not at all. Default 0.5, as in the paper.
    /// </summary>
    public float ScaleInvariance { get; set; } = 0.5f;

    /// <summary>
    /// Most pixels of a map that fitting and comparing keep: one, drawn once, of every cell of a regular grid; all pixels of smaller maps. At least 16.
    /// Default 512: 10⁵ images at four resolutions take about 1.1 GB.
    /// </summary>
    public int KeptPixels { get; set; } = 512;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> OutputColumnNames => [PredictionColumnName];

    /// <summary>Whether values are compared by their ratios, and so must be above 0.</summary>
    internal bool IsOfRatios => Loss != DenseLoss.Squared;

    /// <inheritdoc/>
    internal override RoutingTask Freeze() => (DenseRegressionTask)MemberwiseClone();

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireColumnName(PredictionColumnName, nameof(PredictionColumnName));
        if (TargetColumnName is not null)
        {
            RequireColumnName(TargetColumnName, nameof(TargetColumnName));
        }

        if (!Enum.IsDefined(Loss))
        {
            throw new ArgumentOutOfRangeException(nameof(Loss), Loss, $"{nameof(Loss)} is {Loss}; expected {string.Join(", ", Enum.GetNames<DenseLoss>())}.");
        }

        if (!(ScaleInvariance is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(ScaleInvariance), ScaleInvariance, $"{nameof(ScaleInvariance)} is {ScaleInvariance}; it must be from 0 to 1.");
        }

        if (KeptPixels < LeastKeptPixels)
        {
            throw new ArgumentOutOfRangeException(nameof(KeptPixels), KeptPixels, $"{nameof(KeptPixels)} is {KeptPixels}; it must be at least {LeastKeptPixels}.");
        }
    }

    /// <inheritdoc/>
    internal override IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input)
    {
        if (TargetColumnName is { } name)
        {
            var target = input.Where(c => c.Name == name).Select(c => (SchemaShape.Column?)c).FirstOrDefault()
                ?? throw TargetMaps.NoColumn(name, input.Select(c => c.Name));
            if (target.Kind != SchemaShape.Column.VectorKind.Vector || target.ItemType != NumberDataViewType.Single)
            {
                throw new ArgumentException($"Target column '{name}' is a {target.Kind} of {target.ItemType}; expected a vector of Single of known size.");
            }
        }

        return [ShapeColumns.Vector(PredictionColumnName)];
    }

    /// <inheritdoc/>
    internal override BoundTask Bind(DataViewSchema input, ScorerSet scorers)
    {
        var bound = new BoundDenseRegression(this, DenseShape.Of(scorers));
        bound.TargetColumns(input);
        return bound;
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<TaskMeasure> Evaluate(IDataView scored) => ScoredMaps.Measure(this, scored);
}
