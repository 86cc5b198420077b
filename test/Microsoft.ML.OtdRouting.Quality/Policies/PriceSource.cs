namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>Where the prices of the routes come from.</summary>
internal enum PriceSource
{
    /// <summary>Exact transport of held-out predicted losses.</summary>
    HeldOutTransport,

    /// <summary>Exact transport of the true losses: the plan's own potentials, without calibration.</summary>
    TrueLossTransport,

    /// <summary>One price of cost for all, by bisection on held-out predictions.</summary>
    SinglePrice,
}
