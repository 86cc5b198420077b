using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>A window of rows that are scored at every resolution, with what is true of them. Not safe for concurrent use.</summary>
internal sealed class ScoredWindow
{
    private readonly ImageSource _images;
    private readonly ObservationWindow _window;
    private readonly RowFailures _failures;
    private readonly Func<long, string> _describeRow;
    private readonly int _resolutions;
    private readonly int _targetLength;
    private readonly float[] _targets;
    private readonly int[] _slots;
    private readonly long[] _positions;
    private readonly float[] _weights;
    private readonly RowPlace[] _places;
    private readonly InvalidOperationException?[] _problems;
    private readonly bool[] _out;

    /// <param name="images">Reads the images of rows.</param>
    /// <param name="scorers">The resolutions.</param>
    /// <param name="task">Says what is kept.</param>
    /// <param name="capacity">Rows that fit.</param>
    /// <param name="failures">What becomes of rows that fail.</param>
    /// <param name="describeRow">Names a row by its position, for messages.</param>
    public ScoredWindow(ImageSource images, ScorerSet scorers, BoundTask task, int capacity, RowFailures failures, Func<long, string> describeRow)
    {
        _images = images;
        _window = new ObservationWindow(scorers, task, capacity, (_, slot, problem, cause) => LeaveOut(slot, problem, cause));
        _failures = failures;
        _describeRow = describeRow;
        _resolutions = scorers.Scorers.Count;
        _targetLength = task.TargetLength;
        _targets = new float[capacity * _targetLength];
        _slots = new int[capacity];
        _positions = new long[capacity];
        _weights = new float[capacity];
        _places = new RowPlace[capacity];
        _problems = new InvalidOperationException?[capacity];
        _out = new bool[capacity];
    }

    /// <summary>Rows in it.</summary>
    public int Count { get; private set; }

    /// <summary>What is true of a row.</summary>
    public Span<float> Target(int slot) => _targets.AsSpan(slot * _targetLength, _targetLength);

    /// <summary>Forgets the rows.</summary>
    public void Clear()
    {
        Count = 0;
        Array.Clear(_targets);
        Array.Clear(_problems);
        Array.Clear(_out);
    }

    /// <summary>Adds the row that the input stands at.</summary>
    public void Fetch(long position, float weight)
    {
        (_positions[Count], _weights[Count]) = (position, weight);
        try
        {
            _images.Fetch(Count, ref _window.Pixels(Count), ref _window.Frame(Count));
        }
        catch (InvalidOperationException e)
        {
            _problems[Count] = e;
        }

        Count++;
    }

    /// <summary>Decodes the images that are not decoded yet, and places all in their folds.</summary>
    public void Decode(int threads, int foldCount, CancellationToken cancellationToken) => SideBySide.Run(Count, threads, slot =>
    {
        try
        {
            if (_problems[slot] is null)
            {
                if (_images.Decodes)
                {
                    _window.Frame(slot) = _images.Decode(slot, _window.Pixels(slot));
                }

                _places[slot] = RowPlace.Of(_window.Pixels(slot), foldCount);
            }
        }
        catch (InvalidOperationException e)
        {
            _problems[slot] = e;
        }
    }, cancellationToken);

    /// <summary>Scores the images at every resolution and keeps the rows that have not failed.</summary>
    public void Score(Observations observations, CancellationToken cancellationToken)
    {
        for (var slot = 0; slot < Count; slot++)
        {
            if (_problems[slot] is { } problem)
            {
                LeaveOut(slot, problem.Message, problem.InnerException ?? problem);
            }
        }

        for (var resolution = 0; resolution < _resolutions; resolution++)
        {
            _window.Plan(resolution, Slots());
        }

        _window.Observe(cancellationToken);
        foreach (var slot in Slots())
        {
            Target(slot).CopyTo(observations.AddRow(_places[slot], _weights[slot], _positions[slot]));
            observations.AddKept(_window, slot);
        }
    }

    /// <summary>A row may fail at several resolutions, and is counted once.</summary>
    private void LeaveOut(int slot, string problem, Exception? cause)
    {
        if (!_out[slot])
        {
            _out[slot] = true;
            _failures.Fail($"{_describeRow(_positions[slot])}: {problem}", cause);
        }
    }

    /// <summary>The rows that have not failed, until they are asked for again.</summary>
    private ReadOnlySpan<int> Slots()
    {
        var count = 0;
        for (var slot = 0; slot < Count; slot++)
        {
            if (!_out[slot])
            {
                _slots[count++] = slot;
            }
        }

        return _slots.AsSpan(0, count);
    }
}
