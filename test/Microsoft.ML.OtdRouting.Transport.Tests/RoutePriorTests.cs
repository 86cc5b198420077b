namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class RoutePriorTests
{
    [Fact]
    public void Mean_cost_is_the_budget_and_the_shape_is_exponential()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            RandomProblems random = new(seed);
            int k = 2 + (seed % 9);
            double unit = Math.Pow(10, random.Random.Next(-12, 13));
            double[] cost = Enumerable.Range(0, k).Select(_ => unit * random.Random.NextDouble()).ToArray();
            double[] prior = random.Simplex(k);
            double least = cost.Min(), most = cost.Max();
            double budget = least + ((most - least) * (seed % 3 == 0 ? 1e-4 : seed % 3 == 1 ? 0.9999 : random.Random.NextDouble()));
            double[] shares = RoutePrior.ForBudget(cost, budget, prior, out double tilt);
            Assert.Equal(1, shares.Sum(), 1e-12);
            Assert.Equal(budget, Enumerable.Range(0, k).Sum(j => shares[j] * cost[j]), 1e-12 * most);
            double constant = Math.Log(shares[0] / prior[0]) + (tilt * cost[0]);
            for (int j = 1; j < k; j++)
            {
                double tail = Math.Log(shares[j] / prior[j]) + (tilt * cost[j]);
                Assert.True(shares[j] == 0 || Math.Abs(tail - constant) < 1e-6 * (1 + Math.Abs(tilt * cost[j])));
            }
        }
    }

    [Fact]
    public void Budgets_on_a_bound_use_that_route_alone_and_zeros_stay()
    {
        Assert.Equal([1, 0, 0], RoutePrior.ForBudget([1, 2, 3], 1));
        Assert.Equal([0, 0, 1], RoutePrior.ForBudget([1, 2, 3], 3));
        Assert.Equal([0.5, 0.5, 0], RoutePrior.ForBudget([1, 1, 3], 1));
        Assert.Equal(0, RoutePrior.ForBudget([1, 2, 3], 2, [0.5, 0, 0.5])[1]);
        Assert.Equal([0.5, 0.5], RoutePrior.ForBudget([2, 2], 2));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(3.5)]
    [InlineData(double.NaN)]
    public void Infeasible_budgets_name_both_bounds(double budget)
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => RoutePrior.ForBudget([1, 2, 3], budget));
        Assert.Contains("cheapest route, 1,", error.Message);
        Assert.Contains("dearest, 3", error.Message);
    }

    [Fact]
    public void Malformed_inputs_are_named()
    {
        Assert.Contains("cost[1]", Assert.Throws<ArgumentException>(() => RoutePrior.ForBudget([1, double.NaN], 1)).Message);
        Assert.Contains("basePrior[0]", Assert.Throws<ArgumentException>(() => RoutePrior.ForBudget([1, 2], 1.5, [-1, 2])).Message);
        Assert.Contains("sums to 0.5", Assert.Throws<ArgumentException>(() => RoutePrior.ForBudget([1, 2], 1.5, [0.25, 0.25])).Message);
        Assert.Throws<ArgumentException>(() => RoutePrior.ForBudget([], 1));
    }
}
