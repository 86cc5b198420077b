namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class SparseTransportTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    public void Without_a_limit_the_plan_agrees_with_a_quadratic_program(int kind)
    {
        for (int seed = 0; seed < 5; seed++)
        {
            RandomProblems random = new((10 * kind) + seed);
            TransportProblem problem = random.WithPrior(15 + (10 * seed), 2 + seed, kind, seed % 2 == 0);
            const double gamma = 0.5;
            TransportSolution solution = new SparseTransportSolver { Epsilon = gamma, Sparsity = 99, Tolerance = 1e-12 }.Solve(problem);
            Assert.True(solution.Converged, $"seed {seed}: {solution.MarginalError}");
            double[] reference = DykstraQuadratic(problem, gamma), plan = solution.Plan.ToArray();
            for (int i = 0; i < plan.Length; i++)
            {
                Assert.Equal(reference[i], plan[i], 1e-7);
            }

            Assert.Equal(solution.Objective, solution.DualValue, 1e-10);
        }
    }

    [Fact]
    public void No_row_has_more_non_zeros_than_asked()
    {
        for (int seed = 0; seed < 30; seed++)
        {
            RandomProblems random = new(seed);
            int sparsity = 1 + (seed % 4);
            TransportProblem problem = seed % 2 == 0 ? random.WithPrior(200, 6, seed % 7) : random.WithBudget(200, 6, seed % 7);
            TransportSolution solution = new SparseTransportSolver { Epsilon = 2, Sparsity = sparsity }.Solve(problem);
            double[] row = new double[6];
            for (int i = 0; i < 200; i++)
            {
                solution.Plan.CopyRow(i, row);
                Assert.InRange(row.Count(v => v != 0), 1, sparsity);
                Assert.Equal(1.0 / 200, row.Sum(), 1e-15);
            }

            Assert.Equal(solution.MarginalError <= 1e-9, solution.Converged);
        }
    }

    [Fact]
    public void One_non_zero_recovers_unregularised_transport()
    {
        RandomProblems random = new(2);
        TransportProblem problem = TransportProblem.WithRoutePrior(random.Losses(400, 4, 0), [0.25, 0.5, 0.125, 0.125]);
        TransportSolution sparse = new SparseTransportSolver { Epsilon = 3, Sparsity = 1 }.Solve(problem);
        TransportSolution exact = new ExactTransportSolver().Solve(problem);
        Assert.True(sparse.Converged);
        Assert.Equal(exact.Value, sparse.Value, 1e-14);
        Assert.Equal(exact.Plan.Assignment, sparse.Plan.Assignment!);
    }

    [Fact]
    public void A_small_regulariser_meets_the_limit_and_the_marginals()
    {
        RandomProblems random = new(2);
        TransportProblem problem = random.WithPrior(20_000, 6, 0);
        TransportSolution solution = new SparseTransportSolver { Epsilon = 0.05, Sparsity = 3 }.Solve(problem);
        Assert.True(solution.MarginalError < 1e-3, $"{solution.MarginalError}");
        double exact = new ExactTransportSolver().Solve(problem).Value;
        Assert.InRange(solution.Value, exact - 1e-3, exact + 0.05);
    }

    /// <summary>
    /// The quadratic program by Dykstra's alternating projections in the norm Σ T²/a: the unconstrained optimum −a L/γ projected onto
    /// column sums, row sums and the positive orthant.
    /// </summary>
    private static double[] DykstraQuadratic(TransportProblem problem, double gamma)
    {
        int n = problem.Losses.Rows, k = problem.Losses.Routes;
        double[] a = problem.SamplePrior.IsEmpty ? Enumerable.Repeat(1.0 / n, n).ToArray() : problem.SamplePrior.ToArray();
        double[] t = new double[n * k], correction = new double[n * k];
        for (int i = 0; i < n * k; i++)
        {
            t[i] = -a[i / k] * problem.Losses[i / k, i % k] / gamma;
        }

        for (int round = 0; round < 60_000; round++)
        {
            for (int i = 0; i < n; i++)
            {
                double gap = a[i];
                for (int j = 0; j < k; j++)
                {
                    gap -= t[(i * k) + j];
                }

                for (int j = 0; j < k; j++)
                {
                    t[(i * k) + j] += gap / k;
                }
            }

            for (int j = 0; j < k; j++)
            {
                double gap = problem.RoutePrior[j];
                for (int i = 0; i < n; i++)
                {
                    gap -= t[(i * k) + j];
                }

                for (int i = 0; i < n; i++)
                {
                    t[(i * k) + j] += gap * a[i];
                }
            }

            for (int i = 0; i < n * k; i++)
            {
                double before = t[i] + correction[i];
                t[i] = Math.Max(0, before);
                correction[i] = before - t[i];
            }
        }

        return t;
    }
}
