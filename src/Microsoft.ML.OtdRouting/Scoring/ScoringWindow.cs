using System.Diagnostics;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// A window of images at the largest resolution, and the batches in which the resolutions score them, side by side. The pixels of a slot are allocated when it is
/// first used; batches come from the pool of the set. Not safe for concurrent use: one user plans and scores.
/// </summary>
internal sealed class ScoringWindow
{
    /// <summary>Memory for so many images serves all small batches: two kinds of memory, and not one for every size.</summary>
    private const int SmallBatch = 8;

    private readonly IReadOnlyList<ResolutionScorer> _scorers;
    private readonly BatchPool _pool;
    private readonly int _runs;
    private readonly float[]?[] _pixels;
    private readonly ImageFrame[] _frames;
    private readonly int _imageLength;
    private readonly int[] _slots;
    private readonly List<(int Resolution, int Start, int Count)> _batches = [];
    private readonly List<(int Slot, int Resolution, string Problem, Exception? Cause)> _failures = [];
    private int _planned;

    /// <param name="scorers">The resolutions, in ascending order of cost.</param>
    /// <param name="pool">Their batches.</param>
    /// <param name="runs">Batches that run side by side, at most.</param>
    /// <param name="imageLength">Floats of an image (planar RGB).</param>
    /// <param name="capacity">Images.</param>
    /// <param name="clock">Where the time goes.</param>
    public ScoringWindow(IReadOnlyList<ResolutionScorer> scorers, BatchPool pool, int runs, int imageLength, int capacity, ScoringClock clock)
    {
        _scorers = scorers;
        _pool = pool;
        _runs = runs;
        _imageLength = imageLength;
        Capacity = capacity;
        Clock = clock;
        _pixels = new float[]?[capacity];
        _frames = new ImageFrame[capacity];
        _slots = new int[capacity * scorers.Count];
    }

    /// <summary>Images that fit.</summary>
    public int Capacity { get; }

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock { get; }

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255. Several threads may ask for different slots.</summary>
    public ref float[] Pixels(int slot)
    {
        ref var pixels = ref _pixels[slot];
        pixels ??= GC.AllocateUninitializedArray<float>(_imageLength);
        return ref pixels!;
    }

    /// <summary>How an image lies in its pixels. Several threads may ask for different slots.</summary>
    public ref ImageFrame Frame(int slot) => ref _frames[slot];

    /// <summary>Plans to score images at a resolution, which is not planned yet.</summary>
    /// <param name="resolution">The resolution.</param>
    /// <param name="slots">The images.</param>
    public void Plan(int resolution, ReadOnlySpan<int> slots)
    {
        if (slots.IsEmpty)
        {
            return;
        }

        slots.CopyTo(_slots.AsSpan(_planned));
        var (end, most) = (_planned + slots.Length, _scorers[resolution].MaxBatch);
        while (_planned < end)
        {
            var left = end - _planned;
            var size = _scorers[resolution].BatchSizes.Next(left);
            // A rest that is smaller goes along, or shares with the last one, so that no image is alone that has others.
            var count = left < 2 * size ? (left <= most ? left : left / 2) : size;
            _batches.Add((resolution, _planned, count));
            _planned += count;
        }
    }

    /// <summary>Scores what is planned, in batches.</summary>
    /// <param name="sink">Takes the output of each image, on several threads.</param>
    /// <param name="failed">
    /// Takes the images about which a resolution says nothing that is a number: on the caller's thread, when all is scored, in the order of the slots.
    /// </param>
    /// <param name="cancellationToken">Stops between batches.</param>
    public void Score(OutputSink sink, FailureSink failed, CancellationToken cancellationToken = default)
    {
        try
        {
            // The longest first, so that the last ones end together.
            _batches.Sort(static (a, b) => b.Resolution != a.Resolution ? b.Resolution.CompareTo(a.Resolution) : a.Start.CompareTo(b.Start));
            SideBySide.Run(_batches.Count, _runs, i => ScoreBatch(_batches[i], sink), cancellationToken);
            _failures.Sort(static (a, b) => a.Slot != b.Slot ? a.Slot.CompareTo(b.Slot) : a.Resolution.CompareTo(b.Resolution));
            foreach (var (slot, resolution, problem, cause) in _failures)
            {
                failed(resolution, slot, problem, cause);
            }
        }
        finally
        {
            _batches.Clear();
            _failures.Clear();
            _planned = 0;
        }
    }

    private void ScoreBatch((int Resolution, int Start, int Count) planned, OutputSink sink)
    {
        var scorer = _scorers[planned.Resolution];
        var batch = _pool.Rent(scorer, planned.Count <= SmallBatch ? Math.Min(SmallBatch, scorer.MaxBatch) : scorer.MaxBatch);
        try
        {
            ScoreBatch(planned.Resolution, batch, _slots.AsSpan(planned.Start, planned.Count), sink);
        }
        finally
        {
            _pool.Return(batch);
        }
    }

    /// <summary>Scores a batch. Where the model fails on it, its halves are scored, down to the images on which it fails.</summary>
    private void ScoreBatch(int resolution, ScorerBatch batch, ReadOnlySpan<int> slots, OutputSink sink)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < slots.Length; i++)
        {
            batch.SetImage(i, Pixels(slots[i]));
        }

        var resized = Stopwatch.GetTimestamp();
        Interlocked.Add(ref Clock.Resizing, resized - started);
        InvalidDataException? failure = null;
        try
        {
            batch.Run(slots.Length);
        }
        catch (InvalidDataException e)
        {
            failure = e;
        }

        var ran = Stopwatch.GetTimestamp();
        Interlocked.Add(ref Clock.Models, ran - resized);
        if (failure is null)
        {
            batch.Scorer.BatchSizes.Add(slots.Length, ran - started);
            var allFinite = batch.AreFinite(slots.Length);
            for (var i = 0; i < slots.Length; i++)
            {
                if (!allFinite && batch.FindNonFinite(i) is { } problem)
                {
                    Failed(resolution, slots[i], problem, null);
                }
                else
                {
                    sink(resolution, slots[i], new ImageOutput(batch, i, _frames[slots[i]]));
                }
            }
        }
        else if (slots.Length == 1)
        {
            Failed(resolution, slots[0], failure.Message, failure);
        }
        else
        {
            ScoreBatch(resolution, batch, slots[..(slots.Length / 2)], sink);
            ScoreBatch(resolution, batch, slots[(slots.Length / 2)..], sink);
        }
    }

    private void Failed(int resolution, int slot, string problem, Exception? cause)
    {
        lock (_failures)
        {
            _failures.Add((slot, resolution, problem, cause));
        }
    }
}
