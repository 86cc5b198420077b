using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.Embedding;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// One embedding an image, to search a gallery with: the gallery is embedded at the largest resolution, queries are embedded by the router, at a
/// small one where that finds the same neighbours ("Large-to-small image resolution asymmetry in deep metric learning", WACV 2023). The router adds
/// <c>Embedding</c>.
/// </summary>
/// <remarks>
/// A model's embedding is its output <see cref="Resolution.EmbeddingName"/> (by default <c>embedding</c>); where it has none, the output that answers.
/// Embeddings of smaller resolutions are brought into the space of the largest by a linear map, fitted on the fitting images, unless they are there
/// already. What images are compared by is always the cosine of two embeddings.
/// </remarks>
public sealed class EmbeddingTask : RoutingTask
{
    /// <summary>What the task is called in saved routers.</summary>
    internal const string KindName = "embedding";

    /// <summary>Makes the task of what was saved.</summary>
    internal static TaskKind Kind { get; } = new(KindName, SavedEmbeddingTask.Load);

    /// <inheritdoc/>
    public override string Name => KindName;

    /// <summary>Column for the embeddings: a vector of <see cref="float"/>, as long as those of the largest resolution. Default <c>Embedding</c>.</summary>
    public string EmbeddingColumnName { get; set; } = "Embedding";

    /// <summary>
    /// Column with labels, of key type, by which retrieval is measured: an image is found where one with its label is. The labels of other data need not
    /// be those of the fitting data. Default null: there are none, and what is measured is whether the neighbours stay those of the largest resolution.
    /// </summary>
    public string? LabelColumnName { get; set; }

    /// <summary>What the router minimises. Default <see cref="EmbeddingLoss.Cosine"/>.</summary>
    public EmbeddingLoss Loss { get; set; } = EmbeddingLoss.Cosine;

    /// <summary>
    /// Whether embeddings come out with the length one (the default), or with the length that the models give them; the router itself works with the
    /// embeddings that come out. An embedding of zeros stays one.
    /// </summary>
    public bool UnitLength { get; set; } = true;

    /// <inheritdoc/>
    internal override IReadOnlyList<string> OutputColumnNames => [EmbeddingColumnName];

    /// <inheritdoc/>
    internal override RoutingTask Freeze() => (EmbeddingTask)MemberwiseClone();

    /// <inheritdoc/>
    internal override void Validate()
    {
        RequireColumnName(EmbeddingColumnName, nameof(EmbeddingColumnName));
        if (LabelColumnName is not null)
        {
            RequireColumnName(LabelColumnName, nameof(LabelColumnName));
        }

        if (!Enum.IsDefined(Loss))
        {
            throw new ArgumentOutOfRangeException(nameof(Loss), Loss, $"{nameof(Loss)} is {Loss}; expected {string.Join(", ", Enum.GetNames<EmbeddingLoss>())}.");
        }

        if (Loss == EmbeddingLoss.RetrievedLabel && LabelColumnName is null)
        {
            throw new ArgumentException(
                $"{nameof(Loss)} is {Loss}, which needs labels, but {nameof(LabelColumnName)} is null. Name the column, or take another loss.", nameof(LabelColumnName));
        }
    }

    /// <inheritdoc/>
    internal override IEnumerable<SchemaShape.Column> OutputShape(SchemaShape input)
    {
        if (LabelColumnName is { } name)
        {
            var label = input.Where(c => c.Name == name).Select(c => (SchemaShape.Column?)c).FirstOrDefault()
                ?? throw new ArgumentException($"There is no label column '{name}'; the columns are {string.Join(", ", input.Select(c => c.Name))}.");
            if (!label.IsKey)
            {
                throw new ArgumentException(
                    $"Label column '{name}' holds {label.ItemType}; expected a key. Append Conversion.MapValueToKey before the router.");
            }
        }

        return [ShapeColumns.Vector(EmbeddingColumnName)];
    }

    /// <inheritdoc/>
    internal override BoundTask Bind(DataViewSchema input, ScorerSet scorers)
    {
        if (LabelColumnName is { } name)
        {
            KeyColumn.Bind(input, name);
        }

        return new BoundEmbedding(this, BoundEmbedding.OutputsOf(scorers), null);
    }

    /// <inheritdoc/>
    internal override IReadOnlyList<TaskMeasure> Evaluate(IDataView scored) => ScoredRetrieval.Measure(this, scored, null);
}
