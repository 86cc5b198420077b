namespace Microsoft.ML.OtdRouting;

/// <summary>A router that was fitted and judged, and can be made a transformer of.</summary>
public sealed class TriedRouter
{
    private readonly Func<OtdRoutingTransformer> _create;

    internal TriedRouter(RouterTrial trial, Func<OtdRoutingTransformer> create)
    {
        Trial = trial;
        _create = create;
    }

    /// <summary>How it does on the fitting rows, beside the given options; <see cref="RouterTrial.AdjustedPValue"/> is that of this trial alone.</summary>
    public RouterTrial Trial { get; }

    /// <summary>Makes a transformer of it, at <see cref="OtdRoutingTrials.Budget"/> and without a promise.</summary>
    /// <returns>A transformer that shares the sessions of the trials; dispose both, in any order.</returns>
    /// <exception cref="InvalidOperationException">The router cannot be had at the budget.</exception>
    /// <exception cref="ObjectDisposedException">The trials were disposed.</exception>
    public OtdRoutingTransformer CreateRouter() => Trial.IsFeasible
        ? _create()
        : throw new InvalidOperationException($"The router ({Trial}) cannot be had: its cheapest route costs more than the budget.");
}
