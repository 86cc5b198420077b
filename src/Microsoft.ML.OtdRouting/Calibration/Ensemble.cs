using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Calibration;

/// <summary>Predictions of all routes: a temperature for every resolution and a pool for every route.</summary>
internal sealed class Ensemble
{
    private readonly IReadOnlyList<Route> _routes;
    private readonly ModelOutputKind[] _kinds;
    private readonly float[] _inverseTemperatures;
    private readonly LogPool[] _pools;

    public Ensemble(IReadOnlyList<Route> routes, ModelOutputKind[] kinds, float[] inverseTemperatures, LogPool[] pools)
    {
        _routes = routes;
        _kinds = kinds;
        _inverseTemperatures = inverseTemperatures;
        _pools = pools;
    }

    /// <summary>1/T of every resolution.</summary>
    public ReadOnlySpan<float> InverseTemperatures => _inverseTemperatures;

    public IReadOnlyList<LogPool> Pools => _pools;

    /// <summary>Most members of a route.</summary>
    public int MaxMembers => _routes.Max(r => r.Resolutions.Count);

    /// <summary>The predictions of some of the routes.</summary>
    public Ensemble Select(IReadOnlyList<int> routes) => new(
        routes.Select(k => _routes[k]).ToList(), _kinds, _inverseTemperatures, routes.Select(k => _pools[k]).ToArray());

    /// <summary>The probabilities that a route gives an image, in the model's class order.</summary>
    /// <param name="window">Holds the outputs of all resolutions of the route.</param>
    /// <param name="slot">The image.</param>
    /// <param name="route">The route.</param>
    /// <param name="scratch">One number a class and member, at least.</param>
    /// <param name="probabilities">One number a class.</param>
    public void Combine(ScoringWindow window, int slot, int route, Span<float> scratch, Span<float> probabilities)
    {
        var members = _routes[route].Resolutions;
        for (var m = 0; m < members.Count; m++)
        {
            LogProbabilities.Compute(
                _kinds[members[m]],
                _inverseTemperatures[members[m]],
                window.Output(members[m], slot),
                scratch.Slice(m * probabilities.Length, probabilities.Length));
        }

        _pools[route].Combine(scratch, probabilities);
    }
}
