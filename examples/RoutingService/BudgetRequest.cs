using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>A new budget: exactly one of the three.</summary>
/// <param name="FractionOfLargest">Mean cost of an image, as a fraction of the largest resolution's cost.</param>
/// <param name="Flops">Mean cost of an image in FLOPs.</param>
/// <param name="Milliseconds">Mean cost of an image in milliseconds; only for a router that counts in milliseconds.</param>
public sealed record BudgetRequest(double? FractionOfLargest, double? Flops, double? Milliseconds)
{
    /// <summary>The budget.</summary>
    /// <exception cref="ArgumentException">Not exactly one is given, or it is not a positive number.</exception>
    public ComputeBudget ToBudget() => (FractionOfLargest, Flops, Milliseconds) switch
    {
        ({ } fraction, null, null) => ComputeBudget.FractionOfLargest(fraction),
        (null, { } flops, null) => ComputeBudget.Flops(flops),
        (null, null, { } milliseconds) => ComputeBudget.Milliseconds(milliseconds),
        _ => throw new ArgumentException("Give exactly one of fractionOfLargest, flops and milliseconds."),
    };
}
