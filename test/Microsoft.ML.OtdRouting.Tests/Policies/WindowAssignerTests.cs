using Microsoft.ML.OtdRouting.Policies;
using Xunit;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class WindowAssignerTests
{
    private static readonly double[] Costs = [5.4, 15.5, 24.3, 34.5, 42.5, 52.7, 61.5, 71.6];

    [Theory]
    [InlineData(256, 0.002)]
    [InlineData(64, 0.002)]
    [InlineData(7, 0.01)]
    [InlineData(1, 0.0)]
    [InlineData(1, 0.01)]
    public void TheCumulativeCostStaysWithinOneDearestRowOfTheBudget(int window, double floor)
    {
        var sample = new PredictedLosses(5000, Costs, seed: 3);
        foreach (var fraction in new[] { 0.1, 0.2, 0.35, 0.5, 0.8 })
        {
            var budget = fraction * Costs[^1];
            var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(floor), budget);
            Assert.True(calibration.BudgetPrice > 0, "the budget must bind for this test to say something");
            var assigner = RouteAssigner.Create(BudgetEnforcement.PerWindow, sample.Policy(calibration));
            var cost = 0.0;
            var worst = 0.0;
            sample.Run(assigner, calibration, window, (row, route) =>
            {
                cost += Costs[route];
                if ((row + 1) % window == 0)
                {
                    worst = Math.Max(worst, Math.Abs(cost - ((row + 1) * budget)));
                }
            });
            Assert.True(worst <= Costs[^1] * (1 + 1e-9), $"off by {worst:F2} at a budget of {budget:F2}");
        }
    }

    [Theory]
    [InlineData(256)]
    [InlineData(50)]
    [InlineData(3)]
    [InlineData(1)]
    public void FixedSharesAreKeptAndSoIsTheirCost(int window)
    {
        var sample = new PredictedLosses(5000, Costs, seed: 4);
        foreach (var prior in new[] { RoutingPrior.Budget(), RoutingPrior.Explicit([0.3, 0.001, 0.2, 0.004, 0.395, 0.05, 0.05, 0]) })
        {
            var calibration = sample.Calibrate(prior, 0.4 * Costs[^1]);
            var assigner = RouteAssigner.Create(BudgetEnforcement.PerWindow, sample.Policy(calibration));
            var counts = new long[Costs.Length];
            var cost = 0.0;
            sample.Run(assigner, calibration, window, (row, route) =>
            {
                counts[route]++;
                cost += Costs[route];
                if ((row + 1) % window == 0)
                {
                    Assert.InRange(cost - ((row + 1) * calibration.MeanCost), -Costs[^1], Costs[^1]);
                }
            });
            var variation = counts.Zip(calibration.Shares, (n, s) => Math.Abs((n / 5000.0) - s)).Sum() / 2;
            Assert.True(variation <= 0.002, $"total variation {variation:F4}");
            Assert.All(counts.Zip(calibration.Shares), p => Assert.True(p.Second > 0 || p.First == 0));
        }
    }

    [Fact]
    public void LosesNoMoreThanDecidingRowsAlone()
    {
        var sample = new PredictedLosses(20000, Costs, seed: 5);
        var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(), 0.4 * Costs[^1]);
        double Loss(BudgetEnforcement enforcement)
        {
            var sum = 0.0;
            sample.Run(RouteAssigner.Create(enforcement, sample.Policy(calibration)), calibration, 256, (row, route) => sum += sample.Losses[(row * Costs.Length) + route]);
            return sum / sample.Rows;
        }

        var alone = Loss(BudgetEnforcement.Calibrated);
        // The optimum in windows is a little above the optimum over all rows; a greedy or random choice is far above it.
        Assert.InRange(Loss(BudgetEnforcement.PerWindow), alone - 0.001, alone * 1.01);
    }

    [Fact]
    public void FloorsAreRespectedOverTime()
    {
        var sample = new PredictedLosses(5000, Costs, seed: 6);
        var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(0.01), 0.4 * Costs[^1]);
        var counts = new long[Costs.Length];
        sample.Run(RouteAssigner.Create(BudgetEnforcement.PerWindow, sample.Policy(calibration)), calibration, 100, (_, route) => counts[route]++);
        Assert.All(counts, n => Assert.True(n >= 49, $"a route has {n} of 5,000 rows; its floor is 50"));
    }

    [Fact]
    public void LaterRowsDoNotMatter()
    {
        var sample = new PredictedLosses(1000, Costs, seed: 7);
        var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(), 0.4 * Costs[^1]);
        int[] Routes(int rows)
        {
            var routes = new int[rows];
            sample.Run(RouteAssigner.Create(BudgetEnforcement.PerWindow, sample.Policy(calibration)), calibration, 128, (row, route) => routes[row] = route, rows);
            return routes;
        }

        Assert.Equal(Routes(1000)[..512], Routes(640)[..512]);
    }

    [Fact]
    public void SpendsThePlannedCostWhereTheBudgetDoesNotBind()
    {
        // The dearest route is the worst: no budget makes it worth its cost.
        float[] losses = Enumerable.Range(0, 600).SelectMany(row => new[] { 0.5f + (row % 7 * 0.01f), 0.1f, 0.9f }).ToArray();
        var sample = new PredictedLosses(losses, [1, 2, 4]);
        var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(0), 3.5);
        var cost = 0.0;
        sample.Run(RouteAssigner.Create(BudgetEnforcement.PerWindow, sample.Policy(calibration)), calibration, 64, (_, route) => cost += sample.Routes[route].Cost);
        Assert.Equal(2, cost / 600, 6);
    }

    [Fact]
    public void ACalibratedAssignerTakesTheLargestScore()
    {
        var routes = new int[2];
        var sample = new PredictedLosses(30, [1, 2, 4], seed: 8);
        RouteAssigner.Create(BudgetEnforcement.Calibrated, sample.Policy(sample.Calibrate(RoutingPrior.BudgetOnly(), 2))).Assign([1, 3, 2, 5, 5, 4], [0, 0], routes);
        Assert.Equal([1, 0], routes);
    }
}
