using System.Diagnostics;
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
    private readonly RouteAssigner _assigner;
    private int _count;
    private bool _routed;
    private bool _answered;
    private bool _disposed;

    public RoutedWindow(RoutedScorer scorer, int capacity, BudgetEnforcement enforcement)
    {
        _scorer = scorer;
        _sessions = scorer.ScorerSet.Share();
        _window = new ObservationWindow(scorer.ScorerSet, scorer.Task, capacity);
        _features = new float[scorer.Models.Max(m => m.FeatureCount)];
        _routeScores = new float[capacity * scorer.Routes.Count];
        _answers = new float[capacity * scorer.Task.AnswerLength];
        _scratch = new float[scorer.Models.Max(m => m.ScratchLength)];
        _routes = new int[capacity];
        _slots = new int[capacity];
        _folds = new int[capacity];
        _positions = new int[capacity];
        _parts = new int[capacity];
        _assigner = scorer.CreateAssigner(enforcement);
    }

    /// <summary>Images that fit.</summary>
    public int Capacity => _window.Capacity;

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock => _window.Clock;

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public Span<float> Pixels(int slot) => _window.Pixels(slot);

    /// <summary>Declares that the first <paramref name="count"/> slots hold new images.</summary>
    public void Begin(int count)
    {
        _count = count;
        _routed = false;
        _answered = false;
    }

    /// <summary>The route of an image.</summary>
    public int Route(int slot)
    {
        EnsureRouted();
        return _routes[slot];
    }

    /// <summary>What every route is worth to an image: its price minus its predicted loss. The largest is chosen.</summary>
    public ReadOnlySpan<float> RouteScores(int slot)
    {
        EnsureRouted();
        return RouteScoresOf(slot);
    }

    /// <summary>The answer to an image.</summary>
    public ReadOnlySpan<float> Answer(int slot)
    {
        EnsureAnswered();
        return AnswerOf(slot);
    }

    /// <summary>Frees the batches and gives the sessions back, once.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            _window.Dispose();
            _sessions.Dispose();
        }
    }

    private void EnsureRouted()
    {
        if (_routed)
        {
            return;
        }

        var policy = _scorer.Policy;
        var started = Stopwatch.GetTimestamp();
        for (var slot = 0; slot < _count; slot++)
        {
            (_folds[slot], _positions[slot]) = RowPlace.Of(_window.Pixels(slot), policy.FoldCount);
        }

        _assigner.AssignParts(_positions.AsSpan(0, _count), _parts.AsSpan(0, _count));
        Clock.Policy += Stopwatch.GetTimestamp() - started;
        for (var part = 0; part < policy.Parts.Count; part++)
        {
            Look(part);
        }

        started = Stopwatch.GetTimestamp();
        _assigner.Assign(_routeScores.AsSpan(0, _count * _scorer.Routes.Count), _parts.AsSpan(0, _count), _routes.AsSpan(0, _count));
        Clock.Policy += Stopwatch.GetTimestamp() - started;
        _routed = true;
    }

    /// <summary>The first look at the images of a part, and what its routes are worth to them.</summary>
    private void Look(int part)
    {
        var (model, policy) = (_scorer.Models[part], _scorer.Policy);
        var count = 0;
        for (var slot = 0; slot < _count; slot++)
        {
            if (_parts[slot] == part)
            {
                _slots[count++] = slot;
            }
        }

        if (Looks(part))
        {
            _window.Observe(model.FirstLook, _slots.AsSpan(0, count));
        }

        var started = Stopwatch.GetTimestamp();
        foreach (var slot in _slots.AsSpan(0, count))
        {
            var features = _features.AsSpan(0, model.FeatureCount);
            if (Looks(part))
            {
                model.Describe(_window.Kept(model.FirstLook, slot), _folds[slot], features);
                policy.Score(part, features, _folds[slot], RouteScoresOf(slot));
            }
            else
            {
                RouteScoresOf(slot).Fill(float.NegativeInfinity);
                RouteScoresOf(slot)[policy.PlacesOf(part)[0]] = 0;
            }
        }

        Clock.Policy += Stopwatch.GetTimestamp() - started;
    }

    /// <summary>Whether a part looks before it chooses: where there is one route, there is nothing to choose.</summary>
    private bool Looks(int part) => _scorer.Policy.Parts[part].Routes.Count > 1;

    private void EnsureAnswered()
    {
        if (_answered)
        {
            return;
        }

        EnsureRouted();
        foreach (var resolution in _scorer.UsedResolutions)
        {
            var needed = 0;
            for (var slot = 0; slot < _count; slot++)
            {
                var seen = Looks(_parts[slot]) && _scorer.Models[_parts[slot]].FirstLook == resolution;
                if (!seen && _scorer.Routes[_routes[slot]].Contains(resolution))
                {
                    _slots[needed++] = slot;
                }
            }

            _window.Observe(resolution, _slots.AsSpan(0, needed));
        }

        var scored = Stopwatch.GetTimestamp();
        for (var slot = 0; slot < _count; slot++)
        {
            var (part, route) = _scorer.Policy.Locate(_routes[slot]);
            _scorer.Models[part].Combine(_window, slot, route, _scratch, AnswerOf(slot));
        }

        Clock.Pooling += Stopwatch.GetTimestamp() - scored;
        _answered = true;
    }

    private Span<float> RouteScoresOf(int slot) => _routeScores.AsSpan(slot * _scorer.Routes.Count, _scorer.Routes.Count);

    private Span<float> AnswerOf(int slot) => _answers.AsSpan(slot * _scorer.Task.AnswerLength, _scorer.Task.AnswerLength);
}
