using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// A window of images at the largest resolution, and the batches in which the resolutions score them. All memory is allocated once; each cursor
/// has a window of its own. Not safe for concurrent use.
/// </summary>
internal sealed class ScoringWindow : IDisposable
{
    private readonly IReadOnlyList<ResolutionScorer> _scorers;
    private readonly ScorerBatch?[] _batches;
    private readonly float[] _pixels;
    private readonly int _imageLength;

    /// <summary>A window of <paramref name="capacity"/> images of <paramref name="imageLength"/> floats (planar RGB).</summary>
    public ScoringWindow(IReadOnlyList<ResolutionScorer> scorers, int imageLength, int capacity)
    {
        _scorers = scorers;
        _imageLength = imageLength;
        Capacity = capacity;
        _batches = new ScorerBatch[scorers.Count];
        _pixels = new float[(long)capacity * imageLength];
    }

    /// <summary>Images that fit.</summary>
    public int Capacity { get; }

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock { get; } = new();

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public Span<float> Pixels(int slot) => _pixels.AsSpan(slot * _imageLength, _imageLength);

    /// <summary>Scores images at one resolution, in batches.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="slots">The images.</param>
    /// <param name="sink">Takes the output of each.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public void Score(int resolution, ReadOnlySpan<int> slots, OutputSink sink, CancellationToken cancellationToken = default)
    {
        if (slots.IsEmpty)
        {
            return;
        }

        var scorer = _scorers[resolution];
        var batch = _batches[resolution] ??= new ScorerBatch(scorer, Math.Min(scorer.MaxBatch, Capacity));
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
                sink(resolution, group[i], new ImageOutput(batch, i));
            }
        }
    }

    public void Dispose()
    {
        foreach (var batch in _batches)
        {
            batch?.Dispose();
        }
    }
}
