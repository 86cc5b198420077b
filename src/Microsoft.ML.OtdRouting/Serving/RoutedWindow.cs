using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Serving;

/// <summary>
/// A window of images with their routes and answers. Work is done when first asked for: routes need the first look alone, answers need the
/// resolutions of the chosen routes. Not safe for concurrent use.
/// </summary>
internal sealed class RoutedWindow : IDisposable
{
    private readonly RoutedScorer _scorer;
    private readonly ScorerSet _sessions;
    private readonly ObservationWindow _window;
    private readonly float[] _features;
    private readonly float[] _routeScores;
    private readonly float[] _answers;
    private readonly float[] _scratch;
    private readonly int[] _routes;
    private readonly int[] _slots;
    private readonly int[] _folds;
    private readonly int[] _positions;
    private readonly int[] _parts;
    private readonly ushort[] _planned;
    private readonly ushort[] _seen;
    private readonly RouteAssigner _assigner;
    private readonly FailedSlots _failed;
    private long _first;
    private int _count;
    private bool _routed;
    private bool _answered;
    private bool _disposed;

    /// <param name="scorer">The router.</param>
    /// <param name="capacity">Images that fit.</param>
    /// <param name="assigner">Chooses the routes; that of the pass, whose windows are routed one after another.</param>
    /// <param name="failures">What becomes of rows that fail.</param>
    /// <param name="describeRow">Names a row by its position, for messages.</param>
    /// <param name="clock">Where the time goes.</param>
    public RoutedWindow(
        RoutedScorer scorer, int capacity, RouteAssigner assigner, RowFailures failures, Func<long, string> describeRow, ScoringClock clock)
    {
        _scorer = scorer;
        _sessions = scorer.ScorerSet.Share();
        _failed = new FailedSlots(scorer.Policy, failures, capacity, slot => describeRow(_first + slot));
        _window = new ObservationWindow(scorer.ScorerSet, scorer.Task, capacity, _failed.Add, clock);
        _features = new float[scorer.Models.Max(m => m.FeatureCount)];
        _routeScores = new float[capacity * scorer.Routes.Count];
        _answers = new float[capacity * scorer.Task.AnswerLength];
        _scratch = new float[scorer.Models.Max(m => m.ScratchLength)];
        _routes = new int[capacity];
        _slots = new int[capacity];
        _folds = new int[capacity];
        _positions = new int[capacity];
        _parts = new int[capacity];
        _planned = new ushort[capacity];
        _seen = new ushort[capacity];
        _assigner = assigner;
    }

    /// <summary>Images that fit.</summary>
    public int Capacity => _window.Capacity;

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock => _window.Clock;

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public ref float[] Pixels(int slot) => ref _window.Pixels(slot);

    /// <summary>How an image lies in its pixels.</summary>
    public ref ImageFrame Frame(int slot) => ref _window.Frame(slot);

    /// <summary>Forgets the images; comes ahead of new ones.</summary>
    /// <param name="first">Position of the row in the first slot.</param>
    public void Clear(long first)
    {
        _first = first;
        _count = 0;
        _failed.Clear();
    }

    /// <summary>Declares that the pixels of an image are there. Several threads may do so for different slots.</summary>
    public void Place(int slot) => (_folds[slot], _positions[slot]) = RowPlace.Of(_window.Pixels(slot), _scorer.Policy.FoldCount);

    /// <summary>Leaves out an image that cannot be read.</summary>
    /// <param name="slot">Its slot.</param>
    /// <param name="problem">What is wrong.</param>
    /// <exception cref="InvalidOperationException">Rows must not fail; the message names the row.</exception>
    public void LeaveOut(int slot, InvalidOperationException problem) => _failed.LeaveOut(slot, problem);

    /// <summary>Declares that the first <paramref name="count"/> slots hold new images, all of them placed or left out.</summary>
    public void Begin(int count)
    {
        _count = count;
        _routed = false;
        _answered = false;
        Array.Clear(_seen);
    }

    /// <summary>Chooses the routes, if that is not done yet. Windows of a pass come one after another.</summary>
    /// <exception cref="InvalidOperationException">A row fails, and rows must not.</exception>
    public void EnsureRouted(CancellationToken cancellationToken = default)
    {
        if (_routed)
        {
            return;
        }

        var policy = _scorer.Policy;
        var started = Stopwatch.GetTimestamp();
        AssignParts();
        Interlocked.Add(ref Clock.Policy, Stopwatch.GetTimestamp() - started);
        for (var part = 0; part < policy.Parts.Count; part++)
        {
            if (Looks(part))
            {
                Plan(_scorer.Models[part].FirstLook, SlotsOf(part));
            }
        }

        Observe(cancellationToken);
        started = Stopwatch.GetTimestamp();
        for (var part = 0; part < policy.Parts.Count; part++)
        {
            Value(part);
        }

        AssignRoutes();
        Interlocked.Add(ref Clock.Policy, Stopwatch.GetTimestamp() - started);
        _routed = true;
    }

    /// <summary>The route of an image; −1 where it has no answer.</summary>
    public int Route(int slot)
    {
        Settle();
        return _failed.IsOut(slot) ? -1 : _routes[slot];
    }

    /// <summary>Why an image has no answer, and what was thrown, if anything.</summary>
    public (string Problem, Exception? Cause) Reason(int slot) => _failed.Reason(slot);

    /// <summary>
    /// What every route is worth to an image: its price minus its predicted loss. The largest is chosen. NaN where that is not known.
    /// </summary>
    public ReadOnlySpan<float> RouteScores(int slot)
    {
        Settle();
        return RouteScoresOf(slot);
    }

    /// <summary>The answer to an image; NaN where there is none.</summary>
    public ReadOnlySpan<float> Answer(int slot)
    {
        EnsureAnswered();
        return AnswerOf(slot);
    }

    /// <summary>Gives the sessions back, once.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _sessions.Dispose();
        }
    }

    /// <summary>Where another route may answer, or none, the route is known when there is an answer.</summary>
    private void Settle()
    {
        if (_failed.MayChangeRoutes)
        {
            EnsureAnswered();
        }
        else
        {
            EnsureRouted();
        }
    }

    private void AssignParts()
    {
        if (!_failed.Any)
        {
            _assigner.AssignParts(_positions.AsSpan(0, _count), _parts.AsSpan(0, _count));
            return;
        }

        var rows = Slots(slot => !_failed.IsOut(slot)).ToArray();
        var parts = new int[rows.Length];
        _assigner.AssignParts(Array.ConvertAll(rows, slot => _positions[slot]), parts);
        for (var i = 0; i < rows.Length; i++)
        {
            _parts[rows[i]] = parts[i];
        }
    }

    /// <summary>What the routes of a part are worth to its images, after the first look.</summary>
    private void Value(int part)
    {
        var (model, policy) = (_scorer.Models[part], _scorer.Policy);
        foreach (var slot in SlotsOf(part))
        {
            var scores = RouteScoresOf(slot);
            if (!Looks(part))
            {
                scores.Fill(float.NegativeInfinity);
                scores[policy.PlacesOf(part)[0]] = 0;
            }
            else if (!_failed.HasFailed(slot))
            {
                var features = _features.AsSpan(0, model.FeatureCount);
                model.Describe(_window.Kept(model.FirstLook, slot), _folds[slot], features);
                policy.Score(part, features, _folds[slot], scores);
                if (float.IsNaN(TensorPrimitives.Max<float>(scores)))
                {
                    var file = _scorer.Scorers[model.FirstLook].Resolution.ModelFile;
                    _failed.Add(model.FirstLook, slot, $"'{file}' gave numbers so large that what follows from them is none.", null);
                }
            }
        }
    }

    /// <summary>Whether a part looks before it chooses: where there is one route, there is nothing to choose.</summary>
    private bool Looks(int part) => _scorer.Policy.Parts[part].Routes.Count > 1;

    private void AssignRoutes()
    {
        var count = _scorer.Routes.Count;
        if (!_failed.Any)
        {
            _assigner.Assign(_routeScores.AsSpan(0, _count * count), _parts.AsSpan(0, _count), _routes.AsSpan(0, _count));
            return;
        }

        var rows = Slots(slot => !_failed.IsOut(slot) && !_failed.HasFailed(slot)).ToArray();
        var (scores, parts, routes) = (new float[rows.Length * count], Array.ConvertAll(rows, slot => _parts[slot]), new int[rows.Length]);
        for (var i = 0; i < rows.Length; i++)
        {
            RouteScoresOf(rows[i]).CopyTo(scores.AsSpan(i * count));
        }

        _assigner.Assign(scores, parts, routes);
        for (var i = 0; i < rows.Length; i++)
        {
            _routes[rows[i]] = routes[i];
        }

        // Nothing is known of what the routes are worth to those whose first look has failed.
        foreach (var slot in Slots(slot => !_failed.IsOut(slot) && _failed.HasFailed(slot)))
        {
            RouteScoresOf(slot).Fill(float.NaN);
            _routes[slot] = _failed.Alternative(slot, RouteScoresOf(slot));
        }
    }

    private void EnsureAnswered()
    {
        if (_answered)
        {
            return;
        }

        EnsureRouted();
        do
        {
            foreach (var resolution in _scorer.UsedResolutions)
            {
                var bit = 1 << resolution;
                Plan(resolution, Slots(slot => !_failed.IsOut(slot) && (_seen[slot] & bit) == 0 && _scorer.Routes[_routes[slot]].Contains(resolution)));
            }

            Observe(CancellationToken.None);
        }
        while (FallBack());

        var scored = Stopwatch.GetTimestamp();
        for (var slot = 0; slot < _count; slot++)
        {
            if (!_failed.IsOut(slot))
            {
                var (part, route) = _scorer.Policy.Locate(_routes[slot]);
                _scorer.Models[part].Combine(_window, slot, route, _scratch, AnswerOf(slot));
                _failed.RequireFinite(slot, _routes[slot], AnswerOf(slot));
            }

            if (_failed.IsOut(slot))
            {
                AnswerOf(slot).Fill(float.NaN);
                RouteScoresOf(slot).Fill(float.NaN);
            }
        }

        Interlocked.Add(ref Clock.Pooling, Stopwatch.GetTimestamp() - scored);
        _answered = true;
    }

    /// <summary>Gives other routes to the images on whose route a resolution has failed; whether there are any.</summary>
    private bool FallBack()
    {
        var any = false;
        for (var slot = 0; slot < _count && _failed.Any; slot++)
        {
            if (!_failed.IsOut(slot) && _failed.HasFailed(slot, _routes[slot]))
            {
                _routes[slot] = _failed.Alternative(slot, RouteScoresOf(slot));
                any = true;
            }
        }

        return any;
    }

    private void Plan(int resolution, ReadOnlySpan<int> slots)
    {
        _window.Plan(resolution, slots);
        foreach (var slot in slots)
        {
            _planned[slot] |= (ushort)(1 << resolution);
        }
    }

    /// <summary>Scores what is planned. Only when nothing was thrown has it been seen: who asks again must not get what stands there of other images.</summary>
    private void Observe(CancellationToken cancellationToken)
    {
        try
        {
            _window.Observe(cancellationToken);
            for (var slot = 0; slot < _count; slot++)
            {
                _seen[slot] |= _planned[slot];
            }
        }
        finally
        {
            Array.Clear(_planned);
        }
    }

    private ReadOnlySpan<int> SlotsOf(int part) => Slots(slot => !_failed.IsOut(slot) && _parts[slot] == part);

    /// <summary>The slots for which something is true, in their order; until it is asked for again.</summary>
    private ReadOnlySpan<int> Slots(Func<int, bool> condition)
    {
        var count = 0;
        for (var slot = 0; slot < _count; slot++)
        {
            if (condition(slot))
            {
                _slots[count++] = slot;
            }
        }

        return _slots.AsSpan(0, count);
    }

    private Span<float> RouteScoresOf(int slot) => _routeScores.AsSpan(slot * _scorer.Routes.Count, _scorer.Routes.Count);

    private Span<float> AnswerOf(int slot) => _answers.AsSpan(slot * _scorer.Task.AnswerLength, _scorer.Task.AnswerLength);
}
