namespace Microsoft.ML.OtdRouting;

/// <summary>
/// The mean cost of an image that a router is held to: as a fraction of the most expensive resolution, or in FLOPs.
/// </summary>
public sealed class ComputeBudget
{
    private readonly Func<double, double> _resolve;
    private readonly string _text;

    private ComputeBudget(Func<double, double> resolve, string text)
    {
        _resolve = resolve;
        _text = text;
    }

    /// <summary>A fraction of the cost of the most expensive resolution alone: 0.4 is 40 %.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The fraction is not a positive finite number.</exception>
    public static ComputeBudget FractionOfLargest(double fraction)
    {
        RequirePositive(fraction, nameof(fraction));
        return new ComputeBudget(largest => fraction * largest, $"{fraction:P1} of the largest resolution");
    }

    /// <summary>Floating-point operations an image, 2 for each multiply-add.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive and finite.</exception>
    public static ComputeBudget Flops(double flops)
    {
        RequirePositive(flops, nameof(flops));
        return new ComputeBudget(_ => flops, $"{flops:G6} FLOPs");
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    /// <summary>The budget in FLOPs, checked against what the routes can cost.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The budget is below the cheapest or above the dearest route; both are named.</exception>
    internal double Resolve(double largestResolution, IReadOnlyList<Route> routes)
    {
        var budget = _resolve(largestResolution);
        var cheapest = routes.MinBy(r => r.Cost)!;
        var dearest = routes.MaxBy(r => r.Cost)!;
        // A budget equal to a bound must not fail for the last bit of a product.
        var slack = 1e-12 * largestResolution;
        if (budget < cheapest.Cost - slack || budget > dearest.Cost + slack)
        {
            throw new ArgumentOutOfRangeException(
                "Budget",
                $"The budget is {_text} = {budget:G6} FLOPs an image; feasible is from {cheapest.Cost:G6} " +
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
