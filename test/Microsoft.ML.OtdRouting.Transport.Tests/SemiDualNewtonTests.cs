using Microsoft.ML.OtdRouting.Transport.Tests.References;

namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class SemiDualNewtonTests
{
    [Theory]
    [InlineData(0, 0.05)]
    [InlineData(1, 0.05)]
    [InlineData(2, 0.2)]
    [InlineData(3, 0.01)]
    [InlineData(4, 0.02)]
    [InlineData(5, 0.1)]
    [InlineData(6, 0.05)]
    public void Plans_agree_with_plain_log_domain_sinkhorn(int kind, double epsilon)
    {
        for (int seed = 0; seed < 6; seed++)
        {
            RandomProblems random = new((kind * 100) + seed);
            TransportProblem problem = random.WithPrior(20 + (30 * seed), 2 + seed, kind, seed % 2 == 1);
            double[] reference = PlainSinkhorn.Plan(problem, epsilon, 1e-12);
            foreach (ITransportSolver solver in new ITransportSolver[]
                { new SemiDualNewtonSolver { Epsilon = epsilon, Tolerance = 1e-12 }, new SinkhornSolver { Epsilon = epsilon, Tolerance = 1e-12, MaxIterations = 1_000_000 } })
            {
                TransportSolution solution = solver.Solve(problem);
                Assert.True(solution.Converged, $"{solver.GetType().Name} kind {kind} seed {seed}: {solution.MarginalError}");
                double[] plan = solution.Plan.ToArray();
                for (int i = 0; i < plan.Length; i++)
                {
                    Assert.Equal(reference[i], plan[i], 1e-8 / problem.Losses.Rows);
                }

                CheckReport(problem, solution, epsilon);
            }
        }
    }

    [Fact]
    public void Gradient_and_hessian_agree_with_finite_differences()
    {
        RandomProblems random = new(4);
        foreach (TransportProblem problem in new[] { random.WithPrior(300, 5, 0, true), random.WithBudget(300, 5, 0), random.WithBudget(200, 7, 5, true) })
        {
            const double epsilon = 0.1, step = 1e-5;
            using SoftAssignmentPass pass = new(problem, 1);
            RouteDuals duals = new(problem);
            EntropicDual dual = new(pass, duals, problem.Losses.Routes, epsilon, 1);
            double[] x = Enumerable.Range(0, duals.Count).Select(_ => 0.2 * random.Random.NextDouble()).ToArray();
            DualPoint point = dual.Evaluate(x, default);
            for (int v = 0; v < x.Length; v++)
            {
                DualPoint up = dual.Evaluate(Shifted(x, v, step), default), down = dual.Evaluate(Shifted(x, v, -step), default);
                Assert.Equal((up.Value - down.Value) / (2 * step), point.Gradient[v], 1e-8);
                for (int w = 0; w < x.Length; w++)
                {
                    Assert.Equal(-(up.Gradient[w] - down.Gradient[w]) / (2 * step), point.Curvature[(v * x.Length) + w], 1e-6);
                }
            }
        }
    }

    [Fact]
    public void Budget_problems_meet_the_optimality_conditions()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            RandomProblems random = new(seed);
            TransportProblem problem = random.WithBudget(10 + (13 * seed), 2 + (seed % 6), seed % 7, seed % 4 == 0);
            double epsilon = seed % 3 == 0 ? 0.3 : 0.02;
            TransportSolution solution = new SemiDualNewtonSolver { Epsilon = epsilon, Tolerance = 1e-11 }.Solve(problem);
            Assert.True(solution.Converged, $"seed {seed}: {solution.MarginalError}");
            double cost = 0, span = problem.Cost.ToArray().Max() - problem.Cost.ToArray().Min();
            for (int k = 0; k < problem.Losses.Routes; k++)
            {
                double share = solution.Shares[k], h = solution.RoutePotentials[k] + (solution.BudgetPrice * problem.Cost[k]);
                Assert.InRange(share, problem.Floors[k] - 1e-10, problem.Ceilings[k] + 1e-10);
                Assert.True(h <= 1e-9 || share <= problem.Floors[k] + 1e-9, $"seed {seed}: h {h} share {share} floor {problem.Floors[k]}");
                Assert.True(h >= -1e-9 || share >= problem.Ceilings[k] - 1e-9, $"seed {seed}: h {h} share {share} ceiling {problem.Ceilings[k]}");
                cost += share * problem.Cost[k];
            }

            Assert.True(cost <= problem.Budget + (1e-10 * span));
            Assert.True(solution.BudgetPrice >= 0);
            Assert.True(solution.BudgetPrice < 1e-9 || cost >= problem.Budget - (1e-9 * span));
            CheckReport(problem, solution, epsilon);
        }
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1e-4)]
    public void Tiny_regularisation_converges_and_approaches_the_exact_value(double relative)
    {
        for (int seed = 0; seed < 21; seed++)
        {
            RandomProblems random = new(seed);
            TransportProblem problem = seed % 2 == 0 ? random.WithPrior(40 + (50 * seed), 3 + (seed % 5), seed % 7) : random.WithBudget(40 + (50 * seed), 3 + (seed % 5), seed % 7);
            TransportSolution solution = new SemiDualNewtonSolver { Epsilon = relative, EpsilonScale = EpsilonScale.FractionOfMaximumLoss }.Solve(problem);
            TransportSolution exact = new ExactTransportSolver().Solve(problem);
            Assert.True(solution.Converged, $"seed {seed}: {solution.MarginalError} after {solution.Iterations}");
            double unit = problem.Losses.MaximumMagnitude;
            Assert.InRange(solution.Value, exact.Value - (1e-8 * unit), exact.Value + (relative * unit * Math.Log(problem.Losses.Routes)) + (1e-8 * unit));
        }
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    public void The_unit_of_loss_does_not_matter(double unit)
    {
        RandomProblems random = new(3);
        LossTable losses = random.Losses(500, 4, 0);
        float[] plain = Enumerable.Range(0, 2000).Select(i => (float)losses[i / 4, i % 4]).ToArray();
        double[] scaled = Array.ConvertAll(plain, v => v * unit);
        double[] prior = random.Simplex(4);
        SemiDualNewtonSolver solver = new() { Epsilon = 0.02, EpsilonScale = EpsilonScale.FractionOfMaximumLoss };
        TransportSolution one = solver.Solve(TransportProblem.WithRoutePrior(new LossTable(plain, 500, 4), prior));
        TransportSolution other = solver.Solve(TransportProblem.WithRoutePrior(new LossTable(scaled, 500, 4), prior));
        Assert.True(other.Converged);
        Assert.Equal(one.Value, other.Value / unit, 1e-12);
    }

    [Fact]
    public void Zero_shares_are_zero_and_equal_losses_give_the_prior()
    {
        LossTable losses = new(new float[60], 20, 3);
        TransportSolution solution = new SemiDualNewtonSolver().Solve(TransportProblem.WithRoutePrior(losses, [0.7, 0, 0.3]));
        Assert.True(solution.Converged);
        Assert.Equal(double.NegativeInfinity, solution.RoutePotentials[1]);
        double[] row = new double[3];
        for (int i = 0; i < 20; i++)
        {
            solution.Plan.CopyRow(i, row);
            Assert.Equal(0, row[1]);
            Assert.Equal(0.035, row[0], 1e-12);
        }
    }

    [Fact]
    public void One_sample_and_one_route_work()
    {
        SemiDualNewtonSolver solver = new();
        TransportSolution one = solver.Solve(TransportProblem.WithRoutePrior(new LossTable(new[] { 3f, 1f, 2f }, 1, 3), [0.2, 0.3, 0.5]));
        Assert.True(one.Converged);
        Assert.Equal(0.6 + 0.3 + 1, one.Value, 1e-9);
        TransportSolution route = solver.Solve(TransportProblem.WithRoutePrior(new LossTable(new[] { 3.0, 1.0, 2.0 }, 3, 1), [1]));
        Assert.True(route.Converged);
        Assert.Equal(2, route.Value, 1e-12);
        Assert.Equal(2, new ExactTransportSolver().Solve(TransportProblem.WithBudget(new LossTable(new[] { 3.0, 1.0, 2.0 }, 3, 1), [5], 5)).Value, 1e-12);
    }

    [Fact]
    public void Results_are_the_same_bits_for_any_number_of_threads()
    {
        RandomProblems random = new(8);
        foreach (TransportProblem problem in new[] { random.WithPrior(70_000, 5, 0), random.WithBudget(70_000, 9, 0, true) })
        {
            TransportSolution one = new SemiDualNewtonSolver { Threads = 1 }.Solve(problem);
            TransportSolution many = new SemiDualNewtonSolver { Threads = 5 }.Solve(problem);
            Assert.True(one.Converged);
            Assert.Equal(one.RoutePotentials.ToArray(), many.RoutePotentials.ToArray());
            Assert.Equal(one.Objective, many.Objective);
            Assert.Equal(one.MarginalError, many.MarginalError);
        }
    }

    [Fact]
    public void Periodic_tables_do_not_fool_the_subsamples()
    {
        const int n = 131_072;
        float[] values = new float[n * 3];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i / 3 % 8 == 0 ? 10 : 1) * (float)((i * 0.618) % 1);
        }

        TransportSolution solution = new SemiDualNewtonSolver { Epsilon = 0.01 }.Solve(
            TransportProblem.WithRoutePrior(new LossTable(values, n, 3), [0.5, 0.3, 0.2]));
        Assert.True(solution.Converged);
        Assert.InRange(solution.Iterations, 1, 12);
    }

    [Fact]
    public void Running_out_of_iterations_is_reported()
    {
        TransportProblem problem = new RandomProblems(1).WithPrior(500, 5, 0);
        TransportSolution solution = new SemiDualNewtonSolver { Epsilon = 1e-4, MaxIterations = 2 }.Solve(problem);
        Assert.False(solution.Converged);
        Assert.True(solution.MarginalError > 1e-9);
    }

    [Fact]
    public void Cancellation_and_progress_reach_every_solver()
    {
        TransportProblem problem = new RandomProblems(1).WithPrior(3000, 5, 0);
        foreach (ITransportSolver solver in new ITransportSolver[]
            { new SemiDualNewtonSolver(), new SinkhornSolver(), new ExactTransportSolver(), new SparseTransportSolver(), new UnbalancedTransportSolver(), new SelectiveSinkhorn() })
        {
            Reports reports = new();
            solver.Solve(problem, reports);
            Assert.NotEqual(0, reports.Count);
            Assert.ThrowsAny<OperationCanceledException>(() => solver.Solve(problem, null, new CancellationToken(true)));
        }
    }

    /// <summary>Recomputes every reported number from the plan, and closes the duality gap.</summary>
    private static void CheckReport(TransportProblem problem, TransportSolution solution, double epsilon)
    {
        int n = problem.Losses.Rows, routes = problem.Losses.Routes;
        double value = 0, entropy = 0, softMinimum = 0;
        double[] row = new double[routes], shares = new double[routes], f = new double[1];
        for (int i = 0; i < n; i++)
        {
            double a = problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i];
            solution.Plan.CopyRow(i, row);
            solution.CopySamplePotentials(i, f);
            softMinimum += a * f[0];
            for (int k = 0; k < routes; k++)
            {
                value += row[k] * problem.Losses[i, k];
                entropy += row[k] > 0 ? row[k] * Math.Log(row[k] / a) : 0;
                shares[k] += row[k];
            }
        }

        double unit = Math.Max(1, problem.Losses.MaximumMagnitude), linear = 0;
        for (int k = 0; k < routes; k++)
        {
            Assert.Equal(shares[k], solution.Shares[k], 1e-12);
            if (problem.Ceilings[k] > 0)
            {
                double h = solution.RoutePotentials[k] + (problem.HasBudget ? solution.BudgetPrice * problem.Cost[k] : 0);
                linear += h * (h > 0 ? problem.Floors[k] : problem.Ceilings[k]);
            }
        }

        linear -= problem.HasBudget ? solution.BudgetPrice * problem.Budget : 0;
        Assert.Equal(value, solution.Value, 1e-11 * unit);
        Assert.Equal(value + (epsilon * entropy), solution.Objective, 1e-11 * unit);
        Assert.Equal(solution.Objective, solution.DualValue, 1e-9 * unit);
        Assert.Equal(linear + softMinimum, solution.DualValue, 1e-9 * unit);
    }

    private static double[] Shifted(double[] x, int variable, double step)
    {
        double[] shifted = (double[])x.Clone();
        shifted[variable] += step;
        return shifted;
    }

    private sealed class Reports : IProgress<TransportProgress>
    {
        public int Count { get; private set; }

        public void Report(TransportProgress value) => Count++;
    }
}
