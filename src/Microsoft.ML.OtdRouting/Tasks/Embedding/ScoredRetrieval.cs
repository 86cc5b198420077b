using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Measures retrieval by the embeddings that stand in data, whatever made them.</summary>
internal static class ScoredRetrieval
{
    /// <summary>Queries that go through the gallery together.</summary>
    private const int Block = 16;

    /// <summary>Measures.</summary>
    /// <param name="task">Names the columns.</param>
    /// <param name="queries">Data with embeddings, and labels where the task has some.</param>
    /// <param name="gallery">Data to search; null for the queries themselves, none of which finds itself.</param>
    /// <returns>Recall and mean average precision; NaN without labels.</returns>
    public static IReadOnlyList<TaskMeasure> Measure(EmbeddingTask task, IDataView queries, IDataView? gallery)
    {
        if (task.LabelColumnName is null)
        {
            return Measures([], [], [], [], gallery is null);
        }

        var numbers = new LabelNumbers();
        var (vectors, labels, length) = Read(task, queries, numbers);
        var (others, otherLabels, otherLength) = gallery is null ? (vectors, labels, length) : Read(task, gallery, numbers);
        if (labels.Length > 0 && otherLabels.Length > 0 && length != otherLength)
        {
            throw new ArgumentException($"The queries' embeddings have {length} numbers, those of the gallery {otherLength}.", nameof(gallery));
        }

        return labels.Length == 0 || otherLabels.Length == 0
            ? Measures([], [], [], [], gallery is null)
            : Search(vectors, labels, new GalleryImages(others, length, otherLabels, 1, gallery is null));
    }

    private static IReadOnlyList<TaskMeasure> Search(float[] vectors, float[] labels, GalleryImages gallery)
    {
        var length = vectors.Length / labels.Length;
        var found = Enumerable.Range(0, 4).Select(_ => new float[labels.Length]).ToArray();
        Parallel.For(
            0,
            (labels.Length + Block - 1) / Block,
            () => (Similarities: new float[Block * gallery.Count], Neighbours: new Neighbours()),
            (block, _, scratch) =>
            {
                var first = block * Block;
                var count = Math.Min(Block, labels.Length - first);
                gallery.Compare(vectors.AsSpan(first * length, count * length), scratch.Similarities);
                for (var i = 0; i < count; i++)
                {
                    var (row, neighbours) = (first + i, scratch.Neighbours);
                    var own = scratch.Similarities.AsSpan(i * gallery.Count, gallery.Count);
                    var self = gallery.ImageOf(row);
                    neighbours.Find(own, self);
                    found[0][row] = neighbours.Holds(gallery, labels[row], 1) ? 1 : 0;
                    found[1][row] = neighbours.Holds(gallery, labels[row], 5) ? 1 : 0;
                    found[2][row] = neighbours.Holds(gallery, labels[row], Neighbours.Most) ? 1 : 0;
                    found[3][row] = neighbours.AveragePrecision(gallery, own, self, labels[row]);
                }

                return scratch;
            },
            _ => { });
        return Measures(found[0], found[1], found[2], found[3], gallery.IsOfQueries);
    }

    private static (float[] Vectors, float[] Numbers, int Length) Read(EmbeddingTask task, IDataView data, LabelNumbers numbers)
    {
        var label = KeyColumn.Bind(data.Schema, task.LabelColumnName!);
        var embedding = data.Schema.GetColumnOrNull(task.EmbeddingColumnName)
            ?? throw new ArgumentException($"There is no column '{task.EmbeddingColumnName}'; the columns are {string.Join(", ", data.Schema.Select(c => c.Name))}.");
        if (embedding.Type is not VectorDataViewType { ItemType: NumberDataViewType { RawType: var raw }, Size: > 0 and var length } || raw != typeof(float))
        {
            throw new ArgumentException($"Column '{embedding.Name}' is {embedding.Type}; expected a vector of Single of known size.");
        }

        using var cursor = data.GetRowCursor([label, embedding]);
        var getLabel = numbers.CreateGetter(cursor, label);
        var getEmbedding = cursor.GetGetter<VBuffer<float>>(embedding);
        VBuffer<float> value = default;
        var vectors = new List<float>();
        var labels = new List<float>();
        var vector = new float[length];
        while (cursor.MoveNext())
        {
            getEmbedding(ref value);
            value.CopyTo(vector);
            if (vector.Any(float.IsNaN))
            {
                // A row that failed has no embedding.
                continue;
            }

            UnitVectors.Normalise(vector);
            vectors.AddRange(vector);
            labels.Add(getLabel() is >= 0 and var number
                ? number
                : throw new InvalidOperationException($"Row {cursor.Position}: label column '{label.Name}' is missing."));
        }

        return ([.. vectors], [.. labels], length);
    }

    private static IReadOnlyList<TaskMeasure> Measures(float[] at1, float[] at5, float[] at10, float[] precision, bool isSymmetric)
    {
        double Mean(float[] values) => values.Length == 0 ? double.NaN : values.Average(v => (double)v);
        // The gallery is what the same router has made: another figure than with one at the largest resolution.
        string Name(string name) => isSymmetric ? $"symmetric {name}" : name;
        return
        [
            new TaskMeasure(Name(EmbeddingOutcomes.RecallAt1), Mean(at1), at1.Length == 0 ? ConfidenceInterval.None : Bootstrap.Mean(at1)),
            new TaskMeasure(Name(EmbeddingOutcomes.RecallAt5), Mean(at5), ConfidenceInterval.None),
            new TaskMeasure(Name(EmbeddingOutcomes.RecallAt10), Mean(at10), ConfidenceInterval.None),
            new TaskMeasure(Name(EmbeddingOutcomes.MeanAveragePrecision), Mean(precision), ConfidenceInterval.None),
        ];
    }
}
