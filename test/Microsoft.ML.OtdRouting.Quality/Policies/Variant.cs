using Microsoft.ML.OtdRouting.Calibration;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>A router with some part switched off or replaced.</summary>
/// <param name="Name">Name, for the table.</param>
internal sealed record Variant(string Name)
{
    /// <summary>Options of the product's router, which is then fitted as it is, whatever else is set; null for a router of parts.</summary>
    public OtdResolutionRouter.Options? Product { get; init; }

    public RoutingLoss Loss { get; init; } = new OtdResolutionRouter.Options().Loss;

    public RoutingPrior Prior { get; init; } = new OtdResolutionRouter.Options().Prior;

    /// <summary>Most resolutions of a route.</summary>
    public int MaxRouteSize { get; init; } = int.MaxValue;

    /// <summary>Complexities of the pools; null for the product's.</summary>
    public IReadOnlyList<PoolPenalty>? Pools { get; init; }

    /// <summary>Which features the predictor sees; null for all.</summary>
    public Func<int, bool>? Features { get; init; }

    /// <summary>Whether every row is predicted, in fitting, by a predictor that has not seen it.</summary>
    public bool CrossFitting { get; init; } = true;

    /// <summary>Whether the features are restated in calibrated probabilities.</summary>
    public bool CalibratedFeatures { get; init; } = true;

    public PriceSource Prices { get; init; }
}
