namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class UnbalancedTransportTests
{
    private const double _epsilon = 0.1;

    [Theory]
    [InlineData(0.3, 0.7)]
    [InlineData(2, double.PositiveInfinity)]
    [InlineData(double.PositiveInfinity, 0.05)]
    [InlineData(0.01, 100)]
    public void First_order_conditions_hold(double sampleRelaxation, double routeRelaxation)
    {
        for (int seed = 0; seed < 14; seed++)
        {
            RandomProblems random = new(seed);
            TransportProblem problem = random.WithPrior(150, 2 + (seed % 5), seed % 7, seed % 2 == 0);
            TransportSolution solution = new UnbalancedTransportSolver
            {
                Epsilon = _epsilon, SampleRelaxation = sampleRelaxation, RouteRelaxation = routeRelaxation, Tolerance = 1e-11,
            }.Solve(problem);
            Assert.True(solution.Converged, $"seed {seed}: {solution.MarginalError}");
            CheckStationary(problem, solution, sampleRelaxation, routeRelaxation);
            Assert.Equal(solution.Objective, solution.DualValue, 1e-8 * Math.Max(1, Math.Abs(solution.DualValue)));
        }
    }

    [Fact]
    public void Strong_relaxation_is_balanced_transport()
    {
        TransportProblem problem = new RandomProblems(1).WithPrior(300, 4, 0);
        double[] balanced = new SemiDualNewtonSolver { Epsilon = _epsilon }.Solve(problem).Plan.ToArray();
        foreach (double rho in new[] { 1e7, double.PositiveInfinity })
        {
            TransportSolution solution = new UnbalancedTransportSolver { Epsilon = _epsilon, SampleRelaxation = rho, RouteRelaxation = rho }.Solve(problem);
            Assert.True(solution.Converged);
            double[] plan = solution.Plan.ToArray();
            for (int i = 0; i < plan.Length; i++)
            {
                Assert.Equal(balanced[i], plan[i], 1e-8);
            }
        }
    }

    [Fact]
    public void No_relaxation_cost_leaves_the_gibbs_kernel()
    {
        TransportProblem problem = new RandomProblems(1).WithPrior(300, 4, 0);
        TransportSolution solution = new UnbalancedTransportSolver { Epsilon = _epsilon, SampleRelaxation = 1e-8, RouteRelaxation = 1e-8 }.Solve(problem);
        Assert.True(solution.Converged, $"{solution.MarginalError}");
        double[] plan = solution.Plan.ToArray();
        for (int i = 0; i < plan.Length; i++)
        {
            double kernel = problem.RoutePrior[i % 4] / 300 * Math.Exp(-problem.Losses[i / 4, i % 4] / _epsilon);
            Assert.Equal(kernel, plan[i], 1e-6 / 300);
        }
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.6)]
    public void Partial_mass_is_met_and_no_sample_gives_more_than_it_has(double mass)
    {
        TransportProblem problem = new RandomProblems(1).WithPrior(300, 4, 0);
        double balanced = new ExactTransportSolver().Solve(problem).Value;
        foreach (double rho in new[] { 0.5, double.PositiveInfinity })
        {
            TransportSolution solution = new UnbalancedTransportSolver { Epsilon = 0.01, RouteRelaxation = rho, Mass = mass }.Solve(problem);
            Assert.True(solution.Converged);
            Assert.Equal(mass, solution.Shares.ToArray().Sum(), 1e-9);
            double[] row = new double[4];
            double total = 0;
            for (int i = 0; i < 300; i++)
            {
                solution.Plan.CopyRow(i, row);
                Assert.InRange(row.Sum(), 0, (1.0 / 300) + 1e-15);
                total += row.Sum();
            }

            Assert.Equal(mass, total, 1e-9);

            // A fraction of the balanced optimum is feasible, and choosing the samples must beat it.
            Assert.True(solution.Value < 0.9 * mass * balanced);
            for (int k = 0; double.IsPositiveInfinity(rho) && k < 4; k++)
            {
                Assert.Equal(mass * problem.RoutePrior[k], solution.Shares[k], 1e-9);
            }
        }
    }

    [Fact]
    public void The_mass_schedule_rises_from_its_start_to_one()
    {
        Assert.Equal(0.1 + (0.9 * Math.Exp(-5)), ProgressiveMass.At(0, 10), 1e-15);
        Assert.Equal(1, ProgressiveMass.At(10, 10));
        Assert.Equal(1, ProgressiveMass.At(50, 10));
        for (int t = 0; t < 10; t++)
        {
            Assert.True(ProgressiveMass.At(t, 10) < ProgressiveMass.At(t + 1, 10));
        }

        Assert.Throws<ArgumentException>(() => ProgressiveMass.At(1, 10, 0));
    }

    /// <summary>ε log(T_ik/(a_i b_k)) + L_ik + ρ₁ log(row/a) + ρ₂ log(column/b) = 0, and its limits for hard marginals.</summary>
    private static void CheckStationary(TransportProblem problem, TransportSolution solution, double rho1, double rho2)
    {
        int n = problem.Losses.Rows, k = problem.Losses.Routes;
        double[] plan = solution.Plan.ToArray(), columns = new double[k];
        for (int i = 0; i < n * k; i++)
        {
            columns[i % k] += plan[i];
        }

        for (int i = 0; i < n; i++)
        {
            double a = problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i];
            double row = plan.AsSpan(i * k, k).ToArray().Sum();
            if (a == 0)
            {
                Assert.Equal(0, row);
                continue;
            }

            if (double.IsPositiveInfinity(rho1))
            {
                Assert.Equal(a, row, 1e-12);
            }

            double? first = null;
            for (int j = 0; j < k; j++)
            {
                double b = problem.RoutePrior[j];
                if (b == 0)
                {
                    Assert.Equal(0, plan[(i * k) + j]);
                    continue;
                }

                double entropy = _epsilon * Math.Log(plan[(i * k) + j] / (a * b));
                double column = double.IsPositiveInfinity(rho2) ? -(solution.RoutePotentials[j] - (_epsilon * Math.Log(b))) : rho2 * Math.Log(columns[j] / b);
                double sum = entropy + problem.Losses[i, j] + column + (double.IsPositiveInfinity(rho1) ? 0 : rho1 * Math.Log(row / a));
                first ??= double.IsPositiveInfinity(rho1) ? sum : 0;
                Assert.Equal(first.Value, sum, 1e-6);
            }
        }

        for (int j = 0; double.IsPositiveInfinity(rho2) && j < k; j++)
        {
            Assert.Equal(problem.RoutePrior[j], columns[j], 1e-10);
        }
    }
}
