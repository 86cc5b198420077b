using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

/// <summary>What a controller promises, for sequences of rows that nobody would call images.</summary>
public class BudgetControllerTests
{
    private static readonly double[] Costs = [5.4, 15.5, 24.3, 34.5, 42.5, 52.7, 61.5, 71.6];

    [Fact]
    public void Every_stretch_of_every_sequence_is_within_the_bound()
    {
        Check(200, seed =>
        {
            var (controller, routes, scores) = Draw(new Random(seed), rows: 3_000);
            var deviations = new double[scores.Length + 1];
            for (var row = 0; row < scores.Length; row++)
            {
                deviations[row + 1] = deviations[row] + routes[Choose(controller, scores[row], routes)].Cost - controller.Budget;
            }

            // The largest difference of two sums is that of a stretch; the bound of a stretch times its length does not depend on the length.
            Assert.InRange(deviations.Max() - deviations.Min(), 0, controller.DeviationBound(1) * (1 + 1e-9));
            Assert.Equal(scores.Length, controller.Rows);
            Assert.Equal(deviations[^1] / scores.Length, controller.MeanCost - controller.Budget, controller.Budget * 1e-9);
        });
    }

    [Theory]
    [InlineData(0.03)]
    [InlineData(0.2)]
    [InlineData(0.9)]
    public void Five_thousand_rows_are_within_two_percent(double budget)
    {
        var controller = new BudgetController(71.6 * budget, 71.6, -0.3, 0.8);
        Assert.Equal(0.02 * controller.Budget, controller.DeviationBound(5_000), 1e-9);
        Assert.Equal(0.01 * controller.Budget, controller.DeviationBound(10_000), 1e-9);
        Assert.Throws<ArgumentOutOfRangeException>(() => controller.DeviationBound(0));
    }

    [Fact]
    public void Nothing_changes_before_anything_was_spent()
    {
        Check(300, seed =>
        {
            var (controller, routes, scores) = Draw(new Random(seed), rows: 1);
            Assert.Equal(0, controller.Price);
            Assert.Equal(ArgMax.Of(scores[0]), Choose(controller, scores[0], routes));
        });
    }

    [Fact]
    public void A_row_moves_the_price_against_its_cost_and_by_a_step_at_most()
    {
        Check(100, seed =>
        {
            var (controller, routes, scores) = Draw(new Random(seed), rows: 1_000);
            foreach (var row in scores)
            {
                var before = controller.Price;
                var over = (routes[Choose(controller, row, routes)].Cost - controller.Budget) / routes[^1].Cost;
                Assert.InRange(Math.Sign(over) * (controller.Price - before), -1e-12, (controller.Step * Math.Abs(over)) + 1e-12);
                Assert.InRange(controller.Price, controller.LowestPrice, controller.HighestPrice);
            }
        });
    }

    /// <summary>The price is reckoned here once more, from the costs alone; the other choice of routes is any.</summary>
    [Fact]
    public void It_loses_no_more_than_its_regret_says()
    {
        Check(200, seed =>
        {
            var random = new Random(seed);
            var (controller, routes, scores) = Draw(random, rows: 2_000);
            var (dearest, budget) = (routes[^1].Cost, controller.Budget / routes[^1].Cost);
            var span = ((controller.DeviationBound(1) / dearest) - 1) / 2;
            double Bound(double debt) => debt > 0 ? controller.HighestPrice : -controller.LowestPrice;
            double Price(double debt) => Math.Sign(debt) * Bound(debt) * Math.Pow(Math.Min(1, Math.Abs(debt) / span), 3);
            double Slope(double debt) => 3 * Bound(debt) / span * Math.Pow(Math.Min(1, Math.Abs(debt) / span), 2);
            double debt = 0, lost = 0, allowed = 0;
            foreach (var row in scores.TakeWhile(_ => Math.Abs(debt) < span))
            {
                var (chosen, other) = (Choose(controller, row, routes), random.Next(routes.Count));
                var after = debt + (routes[chosen].Cost / dearest) - budget;
                lost += row[other] - row[chosen];
                allowed += (Price(debt) * ((routes[other].Cost / dearest) - budget))
                    + (Math.Max(Slope(debt), Slope(after)) / 2 * Math.Pow(after - debt, 2));
                Assert.True(lost <= allowed + 1e-6, $"lost {lost}, allowed {allowed}");
                debt = after;
                Assert.Equal(Price(debt), controller.Price, 1e-9);
            }
        });
    }

    [Fact]
    public void At_a_bound_predictions_count_no_more()
    {
        var sample = new PredictedLosses(10, [1, 2, 4], seed: 1);
        var controller = new BudgetController(2, 4, -0.1, 0.1);
        // Rows for which the dearest route is better than any price in the bounds is high.
        var routes = Enumerable.Range(0, 5_000).Select(_ => Choose(controller, [0, 1, 9], sample.Routes)).ToArray();
        Assert.Equal([0, 2], routes.Distinct().Order());
        Assert.InRange(controller.RowsAtBound, 1, 4_999);
        Assert.Equal(0.1, controller.Price, 0.01);
        Assert.InRange(routes.Average(k => sample.Routes[k].Cost), 2 * 0.98, 2 * 1.02);
    }

    [Fact]
    public void A_route_that_cannot_be_taken_is_not_taken_at_any_price()
    {
        var sample = new PredictedLosses(10, [1, 2, 4], seed: 1);
        var controller = new BudgetController(2, 4, -0.1, 0.1);
        var none = float.NegativeInfinity;
        Assert.All(Enumerable.Range(0, 500), _ => Assert.Equal(1, Choose(controller, [none, 1, none], sample.Routes)));
        Assert.All(Enumerable.Range(0, 500), _ => Assert.InRange(Choose(controller, [none, 9, 10], sample.Routes), 1, 2));
    }

    [Fact]
    public void Passes_at_the_same_time_share_one_debt()
    {
        var sample = new PredictedLosses(4_000, Costs, seed: 2);
        var calibration = sample.Calibrate(RoutingPrior.BudgetOnly(), 0.3 * Costs[^1]);
        var controller = new BudgetController(calibration.MeanCost, Costs[^1], -0.3, 0.8);
        var sums = new double[4];
        Parallel.For(0, sums.Length, i => sample.Run(
            RouteAssigner.Create(BudgetEnforcement.Controlled, sample.Policy(calibration), controller), calibration, 64, (_, route) => sums[i] += Costs[route]));
        Assert.Equal(16_000, controller.Rows);
        Assert.Equal(sums.Sum() / 16_000, controller.MeanCost, 1e-9);
        Assert.InRange(controller.MeanCost - controller.Budget, -controller.DeviationBound(16_000), controller.DeviationBound(16_000));
    }

    /// <summary>A controller and rows in stretches of their own kinds, as unlike as may be.</summary>
    private static (BudgetController Controller, IReadOnlyList<Route> Routes, float[][] Scores) Draw(Random random, int rows)
    {
        var costs = Enumerable.Range(0, random.Next(2, 9)).Select(_ => 1 + (100 * random.NextDouble())).Order().ToArray();
        var routes = new PredictedLosses(1, costs, seed: 1).Routes;
        var budget = costs[0] + (random.NextDouble() * (costs[^1] - costs[0]));
        var controller = new BudgetController(budget, costs[^1], -random.NextDouble() - 1e-6, random.NextDouble() + 1e-6);
        var scores = new float[rows][];
        var (scale, slope) = (0.0, 0.0);
        for (var row = 0; row < rows; row++)
        {
            if (row % 400 == 0)
            {
                (scale, slope) = (Math.Pow(10, random.Next(-2, 3)), 4 * (random.NextDouble() - 0.5));
            }

            scores[row] = costs.Select(c => (float)(scale * (random.NextDouble() + (slope * c / costs[^1])))).ToArray();
        }

        return (controller, routes, scores);
    }

    private static int Choose(BudgetController controller, float[] scores, IReadOnlyList<Route> routes)
    {
        lock (controller.Gate)
        {
            return controller.Choose(scores, routes);
        }
    }

    private static void Check(int times, Action<int> holds) => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), holds)
        .Check(Config.QuickThrowOnFailure.WithReplay(5UL, 9UL).WithMaxTest(times));
}
