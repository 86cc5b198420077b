using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>A window of images and what a task keeps of what the resolutions say about them. Not safe for concurrent use.</summary>
internal sealed class ObservationWindow
{
    private readonly ScoringWindow _window;
    private readonly BoundTask _task;
    private readonly float[]?[] _kept;
    private readonly int[] _lengths;
    private readonly OutputSink _sink;
    private readonly FailureSink _failed;

    /// <param name="scorers">The resolutions.</param>
    /// <param name="task">Says what is kept.</param>
    /// <param name="capacity">Images that fit.</param>
    /// <param name="failed">Takes the images about which a resolution says nothing that is a number.</param>
    /// <param name="clock">Where the time goes; null where nobody asks.</param>
    public ObservationWindow(ScorerSet scorers, BoundTask task, int capacity, FailureSink failed, ScoringClock? clock = null)
    {
        _failed = failed;
        _window = scorers.CreateWindow(capacity, clock ?? new ScoringClock());
        _task = task;
        _kept = new float[]?[scorers.Scorers.Count];
        _lengths = Enumerable.Range(0, _kept.Length).Select(task.KeptLength).ToArray();
        _sink = Keep;
    }

    /// <summary>Images that fit.</summary>
    public int Capacity => _window.Capacity;

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock => _window.Clock;

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public ref float[] Pixels(int slot) => ref _window.Pixels(slot);

    /// <summary>How an image lies in its pixels.</summary>
    public ref ImageFrame Frame(int slot) => ref _window.Frame(slot);

    /// <summary>Plans to score images at a resolution, which is not planned yet.</summary>
    public void Plan(int resolution, ReadOnlySpan<int> slots)
    {
        if (!slots.IsEmpty)
        {
            _kept[resolution] ??= new float[Capacity * _lengths[resolution]];
            _window.Plan(resolution, slots);
        }
    }

    /// <summary>Scores what is planned; what is kept of the images is there afterwards, but for those that failed.</summary>
    public void Observe(CancellationToken cancellationToken = default) => _window.Score(_sink, _failed, cancellationToken);

    /// <summary>What is kept of an image that <see cref="Observe"/> has seen at a resolution.</summary>
    public ReadOnlySpan<float> Kept(int resolution, int slot) => Slot(resolution, slot);

    private void Keep(int resolution, int slot, ImageOutput output) => _task.Keep(resolution, output, Slot(resolution, slot));

    private Span<float> Slot(int resolution, int slot) => _kept[resolution].AsSpan(slot * _lengths[resolution], _lengths[resolution]);
}
