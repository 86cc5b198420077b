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
    /// <param name="failed">Takes the images about which the resolution says nothing that is a number.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public void Score(int resolution, ReadOnlySpan<int> slots, OutputSink sink, FailureSink failed, CancellationToken cancellationToken = default)
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
            ScoreBatch(resolution, batch, slots.Slice(start, Math.Min(batch.Capacity, slots.Length - start)), sink, failed);
        }
    }

    public void Dispose()
    {
        foreach (var batch in _batches)
        {
            batch?.Dispose();
        }
    }

    /// <summary>Scores a batch. Where the model fails on it, its halves are scored, down to the images on which it fails.</summary>
    private void ScoreBatch(int resolution, ScorerBatch batch, ReadOnlySpan<int> slots, OutputSink sink, FailureSink failed)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < slots.Length; i++)
        {
            batch.SetImage(i, Pixels(slots[i]));
        }

        var resized = Stopwatch.GetTimestamp();
        Clock.Resizing += resized - started;
        InvalidDataException? failure = null;
        try
        {
            batch.Run(slots.Length);
        }
        catch (InvalidDataException e)
        {
            failure = e;
        }

        Clock.Models += Stopwatch.GetTimestamp() - resized;
        if (failure is null)
        {
            var allFinite = batch.AreFinite(slots.Length);
            for (var i = 0; i < slots.Length; i++)
            {
                if (!allFinite && batch.FindNonFinite(i) is { } problem)
                {
                    failed(resolution, slots[i], problem, null);
                }
                else
                {
                    sink(resolution, slots[i], new ImageOutput(batch, i));
                }
            }
        }
        else if (slots.Length == 1)
        {
            failed(resolution, slots[0], failure.Message, failure);
        }
        else
        {
            ScoreBatch(resolution, batch, slots[..(slots.Length / 2)], sink, failed);
            ScoreBatch(resolution, batch, slots[(slots.Length / 2)..], sink, failed);
        }
    }
}
