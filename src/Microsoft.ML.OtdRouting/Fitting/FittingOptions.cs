namespace Microsoft.ML.OtdRouting;

/// <summary>How a router is fitted.</summary>
public sealed class FittingOptions
{
    /// <summary>Float column with the weight of each fitting row; null (the default) weighs all rows the same.</summary>
    public string? ExampleWeightColumnName { get; set; }

    /// <summary>Folds of cross-fitting, from 2 to 20. Default 5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int FoldCount
    {
        get;
        set => field = value is >= 2 and <= 20
            ? value
            : throw new ArgumentOutOfRangeException(nameof(FoldCount), value, $"{nameof(FoldCount)} is {value}; it must be from 2 to 20.");
    } = 5;

    /// <summary>Most resolutions that are ensembled for one image; at least 1. Default null: no limit but that of 32 routes in all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public int? MaxRouteSize
    {
        get;
        set => field = value is null or >= 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxRouteSize), value, $"{nameof(MaxRouteSize)} is {value}; it must be at least 1.");
    }

    /// <summary>
    /// Whether routes are left out that no image needs at any price of cost, judged on held-out rows; the reasons are logged. Also whether the
    /// cheapest resolutions are left out altogether where the budget is better spent on dearer ones: then the cheapest that is left looks at every
    /// image. Only with <see cref="RoutingPrior.BudgetOnly"/> without ceilings, since other priors speak of all routes. Default true.
    /// </summary>
    public bool PruneRoutes { get; set; } = true;

    /// <summary>
    /// Seed of what is random: the training of a baseline that routers are compared with, and which images are kept back for a promise
    /// (<see cref="OtdResolutionRouter.Options.Quality"/>). Nothing else of the router is random. Default null: a seed
    /// that follows from that of the <see cref="MLContext"/> where the router is made by <c>mlContext.OtdRouting().Route</c>, else 0.
    /// </summary>
    public int? Seed { get; set; }

    internal FittingOptions Clone() => (FittingOptions)MemberwiseClone();
}
