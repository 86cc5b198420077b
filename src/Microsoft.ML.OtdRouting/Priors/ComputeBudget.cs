namespace Microsoft.ML.OtdRouting;

/// <summary>
/// The mean cost of an image that a router is held to: as a fraction of the most expensive resolution, in FLOPs, or in milliseconds.
/// </summary>
public sealed class ComputeBudget
{
    private readonly string _text;

    private ComputeBudget(double value, string text, CostUnit? unit)
    {
        Value = value;
        _text = text;
        Unit = unit;
    }

    /// <summary>The fraction, FLOPs or milliseconds.</summary>
    internal double Value { get; }

    /// <summary>The unit; null for a fraction, which is one of whatever unit the router counts in, FLOPs when it is fitted.</summary>
    internal CostUnit? Unit { get; }

    /// <summary>A fraction of the cost of the most expensive resolution alone: 0.4 is 40 %.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not a positive finite number.</exception>
    public static ComputeBudget FractionOfLargest(double fraction)
    {
        RequirePositive(fraction, nameof(fraction));
        return new ComputeBudget(fraction, $"{fraction:P1} of the largest resolution", null);
    }

    /// <summary>Floating-point operations an image, 2 for each multiply-add.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive and finite.</exception>
    public static ComputeBudget Flops(double flops)
    {
        RequirePositive(flops, nameof(flops));
        return new ComputeBudget(flops, $"{flops:G6} FLOPs", CostUnit.Flops);
    }

    /// <summary>
    /// Milliseconds an image, resizing included, with every resolution at its best batch. The time of every resolution is measured at the
    /// beginning of a fit, so the router depends on the machine, its load and its threads, and two fits are not the same: prefer FLOPs where
    /// that matters. A router fitted to milliseconds counts all its costs in milliseconds.
    /// </summary>
    /// <param name="milliseconds">Mean time of an image.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive and finite.</exception>
    public static ComputeBudget Milliseconds(double milliseconds)
    {
        RequirePositive(milliseconds, nameof(milliseconds));
        return new ComputeBudget(milliseconds, $"{milliseconds:G6} ms", CostUnit.Milliseconds);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    /// <summary>A budget of its value and unit; null for a fraction.</summary>
    internal static ComputeBudget Of(double value, CostUnit? unit) =>
        unit is null ? FractionOfLargest(value) : unit == CostUnit.Flops ? Flops(value) : Milliseconds(value);

    /// <summary>The budget in the router's unit, checked against what the routes can cost.</summary>
    /// <exception cref="ArgumentException">The budget is in another unit than the router's costs.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The budget is below the cheapest or above the dearest route; both are named.</exception>
    internal double Resolve(double largestResolution, IReadOnlyList<Route> routes, CostUnit unit = CostUnit.Flops)
    {
        if (Unit is { } own && own != unit)
        {
            throw new ArgumentException(
                $"The budget is {_text}, but this router was fitted to count {unit}; give a budget in {unit}, a fraction of the largest resolution, or fit anew.",
                "Budget");
        }

        var budget = Unit is null ? Value * largestResolution : Value;
        var cheapest = routes.MinBy(r => r.Cost)!;
        var dearest = routes.MaxBy(r => r.Cost)!;
        // A budget equal to a bound must not fail for the last bit of a product.
        var slack = 1e-12 * largestResolution;
        if (budget < cheapest.Cost - slack || budget > dearest.Cost + slack)
        {
            var name = unit == CostUnit.Flops ? "FLOPs" : "ms";
            throw new ArgumentOutOfRangeException(
                "Budget",
                $"The budget is {_text} = {budget:G6} {name} an image; feasible is from {cheapest.Cost:G6} " +
                $"({cheapest.Cost / largestResolution:P1} of the largest resolution, route {cheapest.Name}) to {dearest.Cost:G6} " +
                $"({dearest.Cost / largestResolution:P1}, route {dearest.Name}).");
        }

        return Math.Clamp(budget, cheapest.Cost, dearest.Cost);
    }

    private static void RequirePositive(double value, string name)
    {
        if (!(value > 0) || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"A budget must be a positive number, found {value}.");
        }
    }
}
