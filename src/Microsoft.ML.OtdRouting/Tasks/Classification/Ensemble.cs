namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>Predictions of all routes: a temperature for every resolution and a pool for every route.</summary>
/// <param name="Routes">The routes.</param>
/// <param name="Aligned">How what resolutions say is aligned before it is pooled.</param>
/// <param name="InverseTemperatures">1/T of every resolution; one for those that no route uses.</param>
/// <param name="Pools">One a route.</param>
internal sealed record Ensemble(IReadOnlyList<Route> Routes, AlignedBy Aligned, float[] InverseTemperatures, LogPool[] Pools)
{
    /// <summary>Most members of a route.</summary>
    public int MaxMembers { get; } = Routes.Max(r => r.Resolutions.Count);

    /// <summary>The predictions of some of the routes.</summary>
    public Ensemble Select(IReadOnlyList<int> routes) =>
        new(routes.Select(k => Routes[k]).ToList(), Aligned, InverseTemperatures, routes.Select(k => Pools[k]).ToArray());
}
