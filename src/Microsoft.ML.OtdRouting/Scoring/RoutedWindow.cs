using System.Diagnostics;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>
/// A window of images with their routes and scores. Work is done when first asked for: routes need the policy's features alone,
/// scores need the resolutions of the chosen routes. Not safe for concurrent use.
/// </summary>
internal sealed class RoutedWindow : IDisposable
{
    private readonly RoutedScorer _scorer;
    private readonly ScorerSet _sessions;
    private readonly ScoringWindow _window;
    private readonly float[] _features;
    private readonly float[] _routeScores;
    private readonly float[] _scores;
    private readonly float[] _members;
    private readonly int[] _routes;
    private readonly int[] _slots;
    private readonly RouteAssigner _assigner;
    private int _count;
    private bool _routed;
    private bool _scored;
    private bool _disposed;

    public RoutedWindow(RoutedScorer scorer, int capacity, BudgetEnforcement enforcement)
    {
        _scorer = scorer;
        _sessions = scorer.ScorerSet.Share();
        _window = scorer.ScorerSet.CreateWindow(capacity, scorer.VectorLength);
        _features = new float[scorer.Policy.FeatureCount];
        _routeScores = new float[capacity * scorer.Routes.Count];
        _scores = new float[capacity * scorer.Classes.Count];
        _members = new float[(scorer.Ensemble.MaxMembers + 1) * scorer.Classes.Count];
        _routes = new int[capacity];
        _slots = new int[capacity];
        _assigner = RouteAssigner.Create(enforcement, scorer.Policy.Calibration, scorer.Routes);
    }

    /// <summary>Images that fit.</summary>
    public int Capacity => _window.Capacity;

    /// <summary>Where the time goes.</summary>
    public ScoringClock Clock => _window.Clock;

    /// <summary>Where the pixels of an image go: planar RGB at the largest resolution, 0..255.</summary>
    public Span<float> Pixels(int slot) => _window.Pixels(slot);

    /// <summary>Where the vector goes that a column of the data gives for an image.</summary>
    public Span<float> Vector(int slot) => _window.Vector(slot);

    /// <summary>Declares that the first <paramref name="count"/> slots hold new images.</summary>
    public void Begin(int count)
    {
        _count = count;
        _routed = false;
        _scored = false;
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
        return _routeScores.AsSpan(slot * _scorer.Routes.Count, _scorer.Routes.Count);
    }

    /// <summary>The probabilities of an image, in the order of the label's keys.</summary>
    public ReadOnlySpan<float> Scores(int slot)
    {
        EnsureScored();
        return _scores.AsSpan(slot * _scorer.Classes.Count, _scorer.Classes.Count);
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
        policy.Features.Prepare(_window, AllSlots(), default);
        var started = Stopwatch.GetTimestamp();
        for (var slot = 0; slot < _count; slot++)
        {
            policy.Features.Extract(_window, slot, _features);
            var routeScores = _routeScores.AsSpan(slot * _scorer.Routes.Count, _scorer.Routes.Count);
            var fold = RowFold.Of(_window.Pixels(slot), policy.FoldCount);
            policy.FeatureCalibration?.Apply(_features, fold);
            policy.Score(_features, fold, routeScores);
        }

        _assigner.Assign(_routeScores.AsSpan(0, _count * _scorer.Routes.Count), _routes.AsSpan(0, _count));
        Clock.Policy += Stopwatch.GetTimestamp() - started;
        _routed = true;
    }

    private void EnsureScored()
    {
        if (_scored)
        {
            return;
        }

        EnsureRouted();
        for (var resolution = _scorer.Policy.Features.NeedsLowestResolution ? 1 : 0; resolution < _scorer.Scorers.Count; resolution++)
        {
            var needed = 0;
            for (var slot = 0; slot < _count; slot++)
            {
                if (_scorer.Routes[_routes[slot]].Contains(resolution))
                {
                    _slots[needed++] = slot;
                }
            }

            _window.Score(resolution, _slots.AsSpan(0, needed));
        }

        var scored = Stopwatch.GetTimestamp();
        var combined = _members.AsSpan(0, _scorer.Classes.Count);
        for (var slot = 0; slot < _count; slot++)
        {
            _scorer.Ensemble.Combine(_window, slot, _routes[slot], _members.AsSpan(combined.Length), combined);
            _scorer.Classes.ToKeyOrder(combined, _scores.AsSpan(slot * combined.Length, combined.Length));
        }

        Clock.Pooling += Stopwatch.GetTimestamp() - scored;
        _scored = true;
    }

    private ReadOnlySpan<int> AllSlots()
    {
        for (var slot = 0; slot < _count; slot++)
        {
            _slots[slot] = slot;
        }

        return _slots.AsSpan(0, _count);
    }
}
