using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// A window of images and what the resolutions say about them: the pixels at the largest resolution, and for every resolution the
/// raw outputs of the images it has scored. All memory is allocated once; each cursor has a window of its own.
/// </summary>
internal sealed class ScoringWindow : IDisposable
{
    private readonly IReadOnlyList<ResolutionScorer> _scorers;
    private readonly ScorerBatch?[] _batches;
    private readonly float[]?[] _outputs;
    private readonly float[] _embeddings;
    private readonly float[] _pixels;
    private readonly float[] _vectors;
    private readonly int _imageLength;
    private readonly int _vectorLength;

    /// <summary>
    /// A window of <paramref name="capacity"/> images of <paramref name="imageLength"/> floats (planar RGB), each with a vector of
    /// <paramref name="vectorLength"/> floats.
    /// </summary>
    public ScoringWindow(IReadOnlyList<ResolutionScorer> scorers, int imageLength, int capacity, int vectorLength = 0)
    {
        _vectorLength = vectorLength;
        _vectors = new float[capacity * vectorLength];
        _scorers = scorers;
        _imageLength = imageLength;
        Capacity = capacity;
        _batches = new ScorerBatch[scorers.Count];
        _outputs = new float[]?[scorers.Count];
        _pixels = new float[(long)capacity * imageLength];
        _embeddings = new float[capacity * scorers[0].EmbeddingLength];
    }

    /// <summary>Images that fit.</summary>
    public int Capacity { get; }

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock { get; } = new();

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public Span<float> Pixels(int slot) => _pixels.AsSpan(slot * _imageLength, _imageLength);

    /// <summary>Where the vector goes that a column of the data gives for an image.</summary>
    public Span<float> Vector(int slot) => _vectors.AsSpan(slot * _vectorLength, _vectorLength);

    /// <summary>Scores images at one resolution, in batches; their outputs are there afterwards.</summary>
    public void Score(int resolution, ReadOnlySpan<int> slots, CancellationToken cancellationToken = default)
    {
        if (slots.IsEmpty)
        {
            return;
        }

        var scorer = _scorers[resolution];
        var batch = _batches[resolution] ??= new ScorerBatch(scorer, Math.Min(scorer.MaxBatch, Capacity));
        var outputs = _outputs[resolution] ??= new float[Capacity * scorer.ClassCount];
        for (var start = 0; start < slots.Length; start += batch.Capacity)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var group = slots.Slice(start, Math.Min(batch.Capacity, slots.Length - start));
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < group.Length; i++)
            {
                batch.SetImage(i, Pixels(group[i]));
            }

            var resized = Stopwatch.GetTimestamp();
            batch.Run(group.Length);
            Clock.Resizing += resized - started;
            Clock.Models += Stopwatch.GetTimestamp() - resized;
            for (var i = 0; i < group.Length; i++)
            {
                batch.Output(i).CopyTo(outputs.AsSpan(group[i] * scorer.ClassCount));
                if (resolution == 0)
                {
                    batch.Embedding(i).CopyTo(_embeddings.AsSpan(group[i] * scorer.EmbeddingLength));
                }
            }
        }
    }

    /// <summary>The raw output of an image that <see cref="Score"/> has seen at this resolution.</summary>
    public ReadOnlySpan<float> Output(int resolution, int slot)
    {
        var length = _scorers[resolution].ClassCount;
        return _outputs[resolution].AsSpan(slot * length, length);
    }

    /// <summary>The embedding of an image at the cheapest resolution; empty when its model has none.</summary>
    public ReadOnlySpan<float> Embedding(int slot)
    {
        var length = _scorers[0].EmbeddingLength;
        return _embeddings.AsSpan(slot * length, length);
    }

    public void Dispose()
    {
        foreach (var batch in _batches)
        {
            batch?.Dispose();
        }
    }
}
