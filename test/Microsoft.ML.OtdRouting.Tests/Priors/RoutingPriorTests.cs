using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tests.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Priors;

public class RoutingPriorTests
{
    private static readonly double[] Costs = [1, 2, 4];
    private readonly PredictedLosses _sample = new(2000, Costs, seed: 1);

    [Fact]
    public void CeilingsBindWhereTheBudgetWouldGoFurther()
    {
        var free = _sample.Calibrate(RoutingPrior.BudgetOnly(), 2.5);
        var bound = _sample.Calibrate(RoutingPrior.BudgetOnly(ceilings: [1, 1, 0.2]), 2.5);
        Assert.True(free.Shares[2] > 0.25);
        Assert.Equal(0.2, bound.Shares[2], 9);
        Assert.True(bound.MeanCost <= 2.5 + 1e-9);
    }

    [Fact]
    public void FloorsShrinkToWhatTheBudgetAllows()
    {
        var calibration = _sample.Calibrate(RoutingPrior.BudgetOnly(0.1), 1.04);
        Assert.All(calibration.Shares, s => Assert.True(s > 0));
        Assert.Equal(1.04, calibration.MeanCost, 9);
    }

    [Fact]
    public void CeilingsThatForceMoreThanTheBudgetAreRefused()
    {
        var e = Assert.Throws<ArgumentOutOfRangeException>(() => _sample.Calibrate(RoutingPrior.BudgetOnly(ceilings: [0.5, 0.25, 1]), 1.5));
        Assert.Contains("0.5, 0.25, 1", e.Message);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.0)]
    [InlineData(double.NaN)]
    public void AFloorOutsideTheUnitIntervalIsRefused(double floor) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RoutingPrior.BudgetOnly(floor));

    [Fact]
    public void CeilingsAreChecked()
    {
        Assert.Contains("1.5", Assert.Throws<ArgumentException>(() => RoutingPrior.BudgetOnly(0, [1.5, 1])).Message);
        Assert.Contains("0.7", Assert.Throws<ArgumentException>(() => RoutingPrior.BudgetOnly(0, [0.5, 0.2])).Message);
    }

    [Fact]
    public void ExplicitSharesAreChecked()
    {
        Assert.Contains("0.9", Assert.Throws<ArgumentException>(() => RoutingPrior.Explicit([0.5, 0.4])).Message);
        Assert.Contains("-0.5", Assert.Throws<ArgumentException>(() => RoutingPrior.Explicit([1.5, -0.5])).Message);
        Assert.Throws<ArgumentException>(() => RoutingPrior.Explicit([double.NaN, 1]));
    }

    [Fact]
    public void ABasePriorIsCheckedAndOnlyItsRatiosCount()
    {
        Assert.Throws<ArgumentException>(() => RoutingPrior.Budget([0, 0]));
        Assert.Throws<ArgumentException>(() => RoutingPrior.Budget([1, -1]));
        var one = _sample.Calibrate(RoutingPrior.Budget([1, 2, 1]), 2);
        var two = _sample.Calibrate(RoutingPrior.Budget([10, 20, 10]), 2);
        Assert.Equal(one.Shares, two.Shares);
        Assert.Equal(2, one.MeanCost, 6);
    }

    [Fact]
    public void APriorForAnotherNumberOfRoutesIsRefusedByName()
    {
        var e = Assert.Throws<ArgumentException>(() => RoutingPrior.Explicit([0.5, 0.5]).RequireRoutes(_sample.Routes));
        Assert.Contains("r0, r1, r2", e.Message);
        RoutingPrior.BudgetOnly().RequireRoutes(_sample.Routes);
    }

    [Fact]
    public void ExplicitSharesTakeThePlaceOfTheBudget()
    {
        var calibration = _sample.Calibrate(RoutingPrior.Explicit([0.5, 0.25, 0.25]), 3.9);
        Assert.Equal([0.5, 0.25, 0.25], calibration.Shares.Select(s => Math.Round(s, 9)));
        Assert.Equal(2, calibration.Budget, 9);
        Assert.Null(calibration.Bounds);
    }

    [Fact]
    public void RowsWithoutWeightDoNotCount()
    {
        var half = new PredictedLosses(_sample.Losses[..3000], Costs);
        var weights = Enumerable.Range(0, 2000).Select(row => row < 1000 ? 0.001 : 0).ToArray();
        var weighted = PriceFit.Solve(new RouteTable(_sample.Losses, _sample.Routes.Count), _sample.Routes, RoutingPrior.BudgetOnly(), 2, weights, CancellationToken.None);
        var alone = half.Calibrate(RoutingPrior.BudgetOnly(), 2);
        Assert.All(weighted.Shares.Zip(alone.Shares), p => Assert.Equal(p.First, p.Second, 3));
        Assert.Equal(1000, weighted.Rows);
    }
}
