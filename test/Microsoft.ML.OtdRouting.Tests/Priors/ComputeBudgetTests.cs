using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Priors;

public class ComputeBudgetTests
{
    private static readonly IReadOnlyList<Route> Routes = RouteEnumeration.Enumerate(["a", "b"], [20.0, 100], 0, 2);

    [Theory]
    [InlineData(0.2, 20)]
    [InlineData(0.5, 50)]
    [InlineData(1.2, 120)]
    public void Fractions_are_of_the_largest_resolution(double fraction, double expected) =>
        Assert.Equal(expected, ComputeBudget.FractionOfLargest(fraction).Resolve(100, Routes), 1e-9);

    [Fact]
    public void Flops_are_taken_as_they_are() => Assert.Equal(77, ComputeBudget.Flops(77).Resolve(100, Routes));

    [Fact]
    public void The_last_bit_of_a_bound_does_not_matter()
    {
        Assert.Equal(20, ComputeBudget.FractionOfLargest(0.2 - 1e-16).Resolve(100, Routes));
        Assert.Equal(120, ComputeBudget.FractionOfLargest(Math.BitIncrement(1.2)).Resolve(100, Routes));
    }

    [Theory]
    [InlineData(0.19)]
    [InlineData(1.21)]
    public void Infeasible_budgets_name_both_bounds(double fraction)
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.FractionOfLargest(fraction).Resolve(100, Routes));
        Assert.Contains("20 (20.0 % of the largest resolution, route a)", e.Message);
        Assert.Contains("120 (120.0 %, route a+b)", e.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Budgets_are_positive_numbers(double value)
    {
        Assert.Contains("positive", Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.FractionOfLargest(value)).Message);
        Assert.Contains("positive", Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.Flops(value)).Message);
    }
}
