using System.Numerics.Tensors;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>
/// Images to search in, by the cosine of their embeddings with that of a query: exactly, as a product of matrices in blocks that stay in the
/// processor's caches. A tool to measure with, not an index.
/// </summary>
internal sealed class GalleryImages
{
    /// <summary>Floats of the images of a block: as many as stay in the first cache beside a query.</summary>
    private const int BlockFloats = 6_144;

    private readonly float[] _vectors;
    private readonly int _length;
    private readonly float[] _labels;

    /// <param name="vectors">Embeddings of the length one, images × <paramref name="length"/>.</param>
    /// <param name="length">Numbers of an embedding.</param>
    /// <param name="labels">Number of the label of each image, equal for equal labels; empty where there are none.</param>
    /// <param name="step">Images come from every so many rows of the data; the first from the first row.</param>
    /// <param name="isOfQueries">Whether the rows are those of the queries, none of which finds itself.</param>
    public GalleryImages(float[] vectors, int length, float[] labels, int step, bool isOfQueries)
    {
        _vectors = vectors;
        _length = length;
        _labels = labels;
        Step = step;
        IsOfQueries = isOfQueries;
        Count = vectors.Length / length;
    }

    /// <summary>Number of images.</summary>
    public int Count { get; }

    /// <summary>Images come from every so many rows.</summary>
    public int Step { get; }

    /// <summary>Whether the rows are those of the queries.</summary>
    public bool IsOfQueries { get; }

    /// <summary>Whether labels are known.</summary>
    public bool HasLabels => _labels.Length > 0;

    /// <summary>The label of an image; NaN without any.</summary>
    public float LabelOf(int image) => _labels.Length == 0 ? float.NaN : _labels[image];

    /// <summary>The image that is the query itself; −1 where none is.</summary>
    public int ImageOf(int row) => IsOfQueries && row % Step == 0 ? row / Step : -1;

    /// <summary>Cosines of queries with all images.</summary>
    /// <param name="queries">Embeddings of the length one, queries × numbers of an embedding.</param>
    /// <param name="similarities">Takes queries × images.</param>
    public void Compare(ReadOnlySpan<float> queries, Span<float> similarities)
    {
        var count = queries.Length / _length;
        var block = Math.Max(1, BlockFloats / _length);
        for (var start = 0; start < Count; start += block)
        {
            var end = Math.Min(Count, start + block);
            for (var q = 0; q < count; q++)
            {
                var query = queries.Slice(q * _length, _length);
                var target = similarities.Slice(q * Count, Count);
                for (var i = start; i < end; i++)
                {
                    target[i] = TensorPrimitives.Dot(query, _vectors.AsSpan(i * _length, _length));
                }
            }
        }
    }
}
