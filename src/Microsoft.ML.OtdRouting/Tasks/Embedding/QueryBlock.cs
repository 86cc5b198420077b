namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Queries that go through a gallery together, and the memory for it. Belongs to one thread.</summary>
/// <param name="capacity">Queries that fit.</param>
/// <param name="resolutions">Number of resolutions.</param>
/// <param name="length">Numbers of an embedding.</param>
/// <param name="images">Images of the gallery; 0 for no search.</param>
internal sealed class QueryBlock(int capacity, int resolutions, int length, int images)
{
    private readonly float[] _members = new float[resolutions * capacity * length];
    private readonly float[] _queries = new float[capacity * length];
    private readonly float[] _largestQueries = new float[capacity * length];
    private readonly float[] _similarities = new float[capacity * images];
    private readonly Neighbours[] _largest = Enumerable.Range(0, capacity).Select(_ => new Neighbours()).ToArray();

    /// <summary>What the query that is looked at finds.</summary>
    public Neighbours Own { get; } = new();

    /// <summary>What a query finds at the largest resolution.</summary>
    public Neighbours Largest(int i) => _largest[i];

    /// <summary>A query as a resolution embeds it, in the space of the largest.</summary>
    public Span<float> Member(int resolution, int i) => _members.AsSpan(((resolution * capacity) + i) * length, length);

    /// <summary>A query as a route embeds it.</summary>
    public Span<float> Query(int i) => _queries.AsSpan(i * length, length);

    /// <summary>The first queries as a route embeds them.</summary>
    public ReadOnlySpan<float> Queries(int count) => _queries.AsSpan(0, count * length);

    /// <summary>A query as the largest resolution embeds it.</summary>
    public Span<float> LargestQuery(int i) => _largestQueries.AsSpan(i * length, length);

    /// <summary>The first queries as the largest resolution embeds them.</summary>
    public ReadOnlySpan<float> LargestQueries(int count) => _largestQueries.AsSpan(0, count * length);

    /// <summary>Cosines of the first queries with all images.</summary>
    public Span<float> Similarities(int count) => _similarities.AsSpan(0, count * images);

    /// <summary>Cosines of a query with all images.</summary>
    public ReadOnlySpan<float> SimilaritiesOf(int i) => _similarities.AsSpan(i * images, images);
}
