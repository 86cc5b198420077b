using Microsoft.ML.OtdRouting.Tests.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Priors;

public class BudgetUnitTests
{
    private readonly IReadOnlyList<Route> _routes = new PredictedLosses(1, [1, 2, 4], seed: 1).Routes;

    [Fact]
    public void AFractionIsOneOfTheRoutersOwnUnit()
    {
        Assert.Equal(2, ComputeBudget.FractionOfLargest(0.5).Resolve(4, _routes, CostUnit.Flops));
        Assert.Equal(2, ComputeBudget.FractionOfLargest(0.5).Resolve(4, _routes, CostUnit.Milliseconds));
        Assert.Null(ComputeBudget.FractionOfLargest(0.5).Unit);
    }

    [Fact]
    public void AnotherUnitIsRefused()
    {
        Assert.Equal(3, ComputeBudget.Milliseconds(3).Resolve(4, _routes, CostUnit.Milliseconds));
        Assert.Contains("3 ms", Assert.Throws<ArgumentException>(() => ComputeBudget.Milliseconds(3).Resolve(4, _routes, CostUnit.Flops)).Message);
        Assert.Throws<ArgumentException>(() => ComputeBudget.Flops(3).Resolve(4, _routes, CostUnit.Milliseconds));
    }

    [Fact]
    public void AnInfeasibleBudgetNamesBothBounds()
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.Flops(0.5).Resolve(4, _routes, CostUnit.Flops));
        Assert.Contains("route r0", e.Message);
        Assert.Contains("route r2", e.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void ABudgetIsPositive(double value)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.Milliseconds(value));
        Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.Flops(value));
        Assert.Throws<ArgumentOutOfRangeException>(() => ComputeBudget.FractionOfLargest(value));
    }
}
