using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.OtdRouting.Tasks.Classification;

/// <summary>
/// Pools that have been fitted, so that whoever fits many routers to the same rows fits the pool of a route once: it depends on neither the other routes nor the loss. They
/// are forgotten with their rows. Safe for concurrent use.
/// </summary>
internal sealed class KnownPools
{
    private readonly ConditionalWeakTable<Observations, ConcurrentDictionary<string, PoolFit>> _byRows = [];

    /// <summary>The pool of a route, fitted where it is not known.</summary>
    /// <param name="rows">The rows, in their folds.</param>
    /// <param name="route">The route.</param>
    /// <param name="fit">Fits it.</param>
    public PoolFit Get(Observations rows, Route route, Func<PoolFit> fit) => _byRows.GetOrCreateValue(rows).GetOrAdd(route.Name, _ => fit());
}
