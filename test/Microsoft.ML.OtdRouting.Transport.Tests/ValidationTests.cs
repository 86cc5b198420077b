using System.Runtime.Intrinsics;

namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class ValidationTests
{
    private static readonly LossTable _losses = new(new float[6], 3, 2);

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_loss_that_is_no_number_names_row_and_route(float bad)
    {
        float[] values = new float[300];
        values[(37 * 3) + 2] = bad;
        string message = Assert.Throws<ArgumentException>(() => new LossTable(values, 100, 3)).Message;
        Assert.Contains("row 37, route 2", message);
        double[] doubles = Array.ConvertAll(values, v => (double)v);
        Assert.Contains("row 37, route 2", Assert.Throws<ArgumentException>(() => new LossTable(doubles, 100, 3)).Message);
        if (float.IsPositiveInfinity(bad))
        {
            Assert.True(new LossTable(values, 100, 3, infinityForbids: true).HasForbidden);
        }
        else
        {
            Assert.Throws<ArgumentException>(() => new LossTable(values, 100, 3, infinityForbids: true));
        }
    }

    [Fact]
    public void A_row_without_any_route_is_an_error()
    {
        float inf = float.PositiveInfinity;
        Assert.Contains("Row 1", Assert.Throws<ArgumentException>(() => new LossTable(new[] { 0, 1, inf, inf }, 2, 2, infinityForbids: true)).Message);
        LossTable losses = new(new[] { 0, 1, inf, 2 }, 2, 2, infinityForbids: true);
        Assert.Contains("Row 1", Assert.Throws<ArgumentException>(() => TransportProblem.WithRoutePrior(losses, [1, 0])).Message);
    }

    [Fact]
    public void Shapes_and_priors_are_checked_at_the_door()
    {
        Assert.Throws<ArgumentException>(() => new LossTable(new float[5], 3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LossTable(new float[0], 0, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LossTable(new double[0], 2, 0));
        Assert.Contains("routes is 65; it must be from 1 to 64", Assert.Throws<ArgumentOutOfRangeException>(() => new LossTable(new float[130], 2, 65)).Message);
        Contains("routePrior has 3 values", () => TransportProblem.WithRoutePrior(_losses, [0.5, 0.25, 0.25]));
        Contains("routePrior[1] is -0.5", () => TransportProblem.WithRoutePrior(_losses, [1.5, -0.5]));
        Contains("routePrior sums to 0.9", () => TransportProblem.WithRoutePrior(_losses, [0.5, 0.4]));
        Contains("samplePrior[2] is NaN", () => TransportProblem.WithRoutePrior(_losses, [0.5, 0.5], [0.5, 0.5, double.NaN]));
        Contains("cost[0] is NaN", () => TransportProblem.WithBudget(_losses, [double.NaN, 1], 1));
        Contains("[1, 2]", () => TransportProblem.WithBudget(_losses, [1, 2], 0.9));
        Contains("[1.5, 2]", () => TransportProblem.WithBudget(_losses, [1, 2], 1.2, [0, 0.5]));
        Contains("floors sum to 1.2", () => TransportProblem.WithBudget(_losses, [1, 2], 2, [0.6, 0.6]));
        Contains("ceilings sum to 0.8", () => TransportProblem.WithBudget(_losses, [1, 2], 2, [], [0.4, 0.4]));
        Contains("above ceilings[0]", () => TransportProblem.WithBudget(_losses, [1, 2], 2, [0.6, 0], [0.5, 1]));
        Contains("floors[0] is 2", () => TransportProblem.WithBudget(_losses, [1, 2], 2, [2, 0]));
    }

    [Fact]
    public void Settings_are_checked_before_solving()
    {
        TransportProblem problem = TransportProblem.WithRoutePrior(_losses, [0.5, 0.5]);
        TransportProblem budget = TransportProblem.WithBudget(_losses, [1, 2], 1.5);
        Contains("Epsilon is 0", () => new SemiDualNewtonSolver { Epsilon = 0 }.Solve(problem));
        Contains("Tolerance is NaN", () => new SinkhornSolver { Tolerance = double.NaN }.Solve(problem));
        Contains("MaxIterations is 0", () => new SemiDualNewtonSolver { MaxIterations = 0 }.Solve(problem));
        Contains("Threads is -1", () => new ExactTransportSolver { Threads = -1 }.Solve(problem));
        Contains("Sparsity is 0", () => new SparseTransportSolver { Sparsity = 0 }.Solve(problem));
        Contains("RouteRelaxation is 0", () => new UnbalancedTransportSolver { RouteRelaxation = 0 }.Solve(problem));
        Contains("Mass is 1.5", () => new UnbalancedTransportSolver { Mass = 1.5 }.Solve(problem));
        Contains("budget", () => new SinkhornSolver().Solve(budget));
        Contains("budget", () => new UnbalancedTransportSolver().Solve(budget));
        Contains("Fraction is 2", () => new SelectiveSinkhorn { Fraction = 2 }.IsSelected(0));
        Contains("capacities sum to 2", () => new ExactTransportSolver().Assign(_losses, [1, 1]));
        Contains("capacities[0] is -1", () => new ExactTransportSolver().Assign(_losses, [-1, 4]));
        Assert.Throws<ArgumentNullException>(() => new SparseTransportSolver().Solve(null!));
    }

    [Fact]
    public void Selective_sinkhorn_balances_over_batches()
    {
        SelectiveSinkhorn solver = new() { Epsilon = 0.05, Steps = 2, Fraction = 0.5, Seed = 3 };
        Assert.InRange(Enumerable.Range(0, 2000).Count(b => solver.IsSelected(b)), 900, 1100);
        double[] potentials = new double[4], prior = [0.1, 0.2, 0.3, 0.4], shares = new double[4];
        RandomProblems random = new(5);
        for (int batch = 0; batch < 60; batch++)
        {
            double[] before = (double[])potentials.Clone();
            TransportSolution solution = solver.SolveBatch(TransportProblem.WithRoutePrior(random.Losses(256, 4, 0), prior), batch, potentials);
            Assert.Equal(solver.IsSelected(batch), !before.SequenceEqual(potentials));
            for (int k = 0; batch >= 30 && k < 4; k++)
            {
                shares[k] += solution.Shares[k] / 30;
            }
        }

        Assert.True(Enumerable.Range(0, 4).Sum(k => Math.Abs(shares[k] - prior[k])) < 0.03);
    }

    [Fact]
    public void The_vector_exponential_is_accurate_to_the_last_places()
    {
        Random random = new(1);
        double worst = 0;
        for (int i = 0; i < 200_000; i++)
        {
            double x = -700 * random.NextDouble() * random.NextDouble() * random.NextDouble();
            double found = VectorMath.ExpOfNonPositive(Vector512.Create(x))[i % 8];
            worst = Math.Max(worst, Math.Abs((found / Math.Exp(x)) - 1));
        }

        Assert.True(worst < 4e-16, $"{worst}");
        Assert.Equal(1, VectorMath.ExpOfNonPositive(Vector512.Create(0.0))[0]);
        Assert.Equal(0, VectorMath.ExpOfNonPositive(Vector512.Create(-1e300))[0]);
        Assert.Equal(0, VectorMath.ExpOfNonPositive(Vector512.Create(double.NegativeInfinity))[0]);
        Assert.Equal(Math.Exp(-707.5), VectorMath.ExpOfNonPositive(Vector512.Create(-707.5))[0], 1e-320);
    }

    [Fact]
    public void The_vector_logarithm_is_accurate_to_the_last_places()
    {
        Random random = new(1);
        double worst = 0;
        for (int i = 0; i < 200_000; i++)
        {
            double x = i % 2 == 0 ? 1 + (64 * random.NextDouble() * random.NextDouble()) : Math.Exp(600 * (random.NextDouble() - 0.5));
            double found = VectorMath.Log(Vector512.Create(x))[i % 8];
            worst = Math.Max(worst, Math.Abs(found - Math.Log(x)) / Math.Abs(Math.Log(x)));
        }

        Assert.True(worst < 5e-16, $"{worst}");
        Assert.Equal(0, VectorMath.Log(Vector512.Create(1.0))[0]);
    }

    private static void Contains(string text, Action action) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(action).Message);
}
