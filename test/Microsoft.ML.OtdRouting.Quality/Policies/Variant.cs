using Microsoft.ML.OtdRouting.Quality.Ablations;
using Microsoft.ML.OtdRouting.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Quality.Policies;

/// <summary>A router with some part switched off or replaced.</summary>
/// <param name="Name">Name, for the table.</param>
internal sealed record Variant(string Name)
{
    /// <summary>Options of the task of the product's router, which is then fitted as it is, whatever else is set; null for a router of parts.</summary>
    public ClassificationTask? Product { get; init; }

    public RoutingLoss Loss { get; init; } = new ClassificationTask().Loss;

    public RoutingPrior Prior { get; init; } = RoutingPrior.BudgetOnly();

    /// <summary>What is known of an image when its route is chosen.</summary>
    public FirstLook Look { get; init; }

    /// <summary>Whether the predictor is fitted to the rows of an entropic transport plan, as OTD-Net does, instead of the losses.</summary>
    public bool FitsPlan { get; init; }

    /// <summary>How often the plan is solved again on losses that favour what the predictor expects.</summary>
    public int Alternations { get; init; }

    /// <summary>Most resolutions of a route.</summary>
    public int MaxRouteSize { get; init; } = int.MaxValue;

    /// <summary>Complexities of the pools; null for the product's.</summary>
    public IReadOnlyList<PoolPenalty>? Pools { get; init; }

    /// <summary>Whether the embedding is among the features.</summary>
    public bool Embedding { get; init; } = true;

    /// <summary>Whether every row is predicted, in fitting, by a predictor that has not seen it.</summary>
    public bool CrossFitting { get; init; } = true;

    /// <summary>Whether the features are restated in calibrated probabilities.</summary>
    public bool CalibratedFeatures { get; init; } = true;

    public PriceSource Prices { get; init; }
}
