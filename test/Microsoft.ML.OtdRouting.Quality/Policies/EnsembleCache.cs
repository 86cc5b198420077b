using Microsoft.ML.OtdRouting.Calibration;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>Ensembles fitted to one table, which variants that differ elsewhere share.</summary>
internal sealed class EnsembleCache(ScoredFamily family)
{
    private readonly Dictionary<(int, bool, object?), EnsembleFit> _fits = [];

    public EnsembleFit Fit(OutputTable table, IReadOnlyList<Route> routes, bool labelled, IReadOnlyList<PoolPenalty>? pools)
    {
        var key = (routes.Count, labelled, (object?)pools);
        return _fits.TryGetValue(key, out var fit)
            ? fit
            : _fits[key] = EnsembleFit.Fit(table, routes, family.Scorers.OutputKinds, labelled, CancellationToken.None, pools);
    }
}
