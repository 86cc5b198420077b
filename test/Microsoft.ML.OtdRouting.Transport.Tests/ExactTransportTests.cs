using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.OtdRouting.Transport.Tests.References;

namespace Microsoft.ML.OtdRouting.Transport.Tests;

public class ExactTransportTests
{
    private readonly ExactTransportSolver _solver = new();

    [Fact]
    public void Values_agree_with_a_dense_simplex_on_small_problems()
    {
        for (int seed = 0; seed < 210; seed++)
        {
            RandomProblems random = new(seed);
            int n = random.Random.Next(1, 14), k = random.Random.Next(1, 6);
            TransportProblem problem = seed % 2 == 0 ? random.WithPrior(n, k, seed % 7, seed % 3 == 0) : random.WithBudget(n, k, seed % 7, seed % 3 == 0);
            TransportSolution solution = _solver.Solve(problem);
            Certificate.Check(problem, solution);
            Assert.Equal(TransportProgram.Minimum(problem), solution.Value, 1e-9);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Plans_up_to_2000_by_12_carry_a_proof_of_optimality(int kind)
    {
        for (int seed = 0; seed < 24; seed++)
        {
            RandomProblems random = new((1000 * kind) + seed);
            int n = seed < 3 ? 2000 : random.Random.Next(2, 900), k = seed < 3 ? 12 : random.Random.Next(2, 13);
            bool weighted = seed % 4 == 3;
            TransportProblem fixedShares = random.WithPrior(n, k, kind, weighted);
            Certificate.Check(fixedShares, _solver.Solve(fixedShares));
            TransportProblem budget = random.WithBudget(n, k, kind, weighted);
            Certificate.Check(budget, _solver.Solve(budget));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public void Large_tables_with_candidate_rows_carry_the_proof_too(int kind)
    {
        RandomProblems random = new(77 + kind);
        TransportProblem fixedShares = random.WithPrior(20_000, 8, kind);
        Certificate.Check(fixedShares, _solver.Solve(fixedShares));
        TransportProblem budget = random.WithBudget(20_000, 8, kind);
        Certificate.Check(budget, _solver.Solve(budget));
    }

    [Fact]
    public void Integral_shares_give_an_integral_plan_with_those_counts()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            RandomProblems random = new(seed);
            int n = 50 + (37 * seed), k = 2 + (seed % 6);
            int[] capacities = Capacities(random.Random, n, k);
            TransportProblem problem = TransportProblem.WithRoutePrior(random.Losses(n, k, seed % 7), Array.ConvertAll(capacities, c => c / (double)n));
            TransportSolution solution = _solver.Solve(problem);
            Certificate.Check(problem, solution);
            Assert.Equal(capacities, Counts(solution.Plan.Assignment!, k));
            double[] row = new double[k];
            for (int i = 0; i < n; i++)
            {
                solution.Plan.CopyRow(i, row);
                Assert.Equal(1.0 / n, row[solution.Plan.Assignment![i]]);
            }
        }
    }

    [Fact]
    public void Fractional_shares_are_rounded_to_the_largest_remainder_at_little_loss()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            RandomProblems random = new(seed);
            int n = 30 + (7 * seed), k = 2 + (seed % 6);
            TransportProblem problem = random.WithPrior(n, k, seed % 7);
            TransportSolution solution = _solver.Solve(problem);
            int[] counts = Counts(solution.Plan.Assignment!, k);
            for (int j = 0; j < k; j++)
            {
                Assert.InRange(counts[j] - (n * problem.RoutePrior[j]), -1, 1);
                Assert.True(problem.RoutePrior[j] > 0 || counts[j] == 0);
            }

            // The rounding is the optimum for its own capacities.
            TransportProblem rounded = TransportProblem.WithRoutePrior(problem.Losses, Array.ConvertAll(counts, c => c / (double)n));
            double loss = solution.Plan.Assignment!.Select((route, i) => problem.Losses[i, route]).Sum() / n;
            Assert.Equal(_solver.Solve(rounded).Value, loss, 1e-12);
        }
    }

    [Fact]
    public void Budget_assignments_never_cost_more_than_the_budget()
    {
        for (int seed = 0; seed < 80; seed++)
        {
            RandomProblems random = new(seed);
            TransportProblem problem = random.WithBudget(5 + (11 * seed), 2 + (seed % 7), seed % 7, seed % 5 == 0);
            TransportSolution solution = _solver.Solve(problem);
            double cost = 0, loss = 0;
            for (int i = 0; i < problem.Losses.Rows; i++)
            {
                double weight = problem.SamplePrior.IsEmpty ? 1.0 / problem.Losses.Rows : problem.SamplePrior[i];
                cost += weight * problem.Cost[solution.Plan.Assignment![i]];
                loss += weight * problem.Losses[i, solution.Plan.Assignment![i]];
            }

            Assert.True(cost <= problem.Budget * (1 + 1e-14), $"seed {seed}: {cost} > {problem.Budget}");
            double weightOfSplits = problem.SamplePrior.IsEmpty ? 1.0 / problem.Losses.Rows : problem.SamplePrior.ToArray().Max();
            double range = problem.Losses.Maximum - problem.Losses.Minimum;
            Assert.True(loss <= solution.Value + ((problem.Losses.Routes + 1) * weightOfSplits * range) + 1e-12);
        }
    }

    [Fact]
    public void Assign_is_the_best_of_all_assignments_with_its_capacities()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            RandomProblems random = new(seed);
            int n = random.Random.Next(1, 8), k = random.Random.Next(1, 4);
            LossTable losses = random.Losses(n, k, seed % 7);
            int[] capacities = Capacities(random.Random, n, k);
            int[] assignment = _solver.Assign(losses, capacities);
            Assert.Equal(capacities, Counts(assignment, k));
            double loss = assignment.Select((route, i) => losses[i, route]).Sum();
            Assert.Equal(BruteForce(losses, 0, (int[])capacities.Clone()), loss, 1e-12);
        }
    }

    [Fact]
    public void Assign_agrees_with_the_solver_on_windows_and_on_large_tables()
    {
        foreach ((int n, int k, int kind) in new[] { (64, 4, 0), (512, 32, 1), (4096, 8, 5), (10_000, 8, 0), (9_000, 5, 1) })
        {
            RandomProblems random = new(n);
            LossTable losses = random.Losses(n, k, kind);
            int[] capacities = Capacities(random.Random, n, k);
            int[] assignment = _solver.Assign(losses, capacities);
            Assert.Equal(capacities, Counts(assignment, k));
            TransportProblem problem = TransportProblem.WithRoutePrior(losses, Array.ConvertAll(capacities, c => c / (double)n));
            double loss = assignment.Select((route, i) => losses[i, route]).Sum() / n;
            Assert.Equal(_solver.Solve(problem).Value, loss, 1e-12);
        }
    }

    [Fact]
    public void Ties_go_to_the_lower_route()
    {
        LossTable losses = new(new double[12], 4, 3);
        TransportProblem problem = TransportProblem.WithBudget(losses, [1, 1, 1], 1);
        Assert.Equal([0, 0, 0, 0], _solver.Solve(problem).Plan.Assignment!);
    }

    [Fact]
    public void Hard_routing_with_the_duals_reproduces_a_generic_plan()
    {
        RandomProblems random = new(6);
        int[] capacities = Capacities(random.Random, 3000, 6);
        TransportProblem problem = TransportProblem.WithRoutePrior(random.Losses(3000, 6, 0), Array.ConvertAll(capacities, c => c / 3000.0));
        TransportSolution solution = _solver.Solve(problem);
        double[] g = solution.RoutePotentials.ToArray();
        for (int i = 0; i < 3000; i++)
        {
            int best = Enumerable.Range(0, 6).MinBy(k => problem.Losses[i, k] - g[k]);
            Assert.Equal(solution.Plan.Assignment![i], best);
        }
    }

    [Fact]
    public void Results_are_the_same_bits_for_any_number_of_threads()
    {
        RandomProblems random = new(9);
        foreach (TransportProblem problem in new[] { random.WithPrior(30_000, 6, 0), random.WithBudget(30_000, 6, 5) })
        {
            TransportSolution one = new ExactTransportSolver { Threads = 1 }.Solve(problem);
            TransportSolution many = new ExactTransportSolver { Threads = 7 }.Solve(problem);
            Assert.Equal(one.RoutePotentials.ToArray(), many.RoutePotentials.ToArray());
            Assert.Equal(one.Value, many.Value);
            Assert.Equal(one.DualValue, many.DualValue);
            Assert.Equal(one.Plan.Assignment, many.Plan.Assignment!);
        }
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(1e30)]
    public void The_unit_of_loss_does_not_matter(double unit)
    {
        RandomProblems random = new(3);
        LossTable losses = random.Losses(600, 5, 0);
        double[] scaled = Enumerable.Range(0, 3000).Select(i => losses[i / 5, i % 5] * unit).ToArray();
        TransportProblem problem = TransportProblem.WithRoutePrior(new LossTable(scaled, 600, 5), random.Simplex(5));
        TransportSolution solution = _solver.Solve(problem);
        Certificate.Check(problem, solution);
    }

    [Fact]
    public void Forbidden_routes_get_nothing_and_impossible_shares_are_an_error()
    {
        double inf = double.PositiveInfinity;
        LossTable losses = new(new[] { 1, 0, inf, 2, inf, 3, 0, inf }, 4, 2, infinityForbids: true);
        TransportSolution solution = _solver.Solve(TransportProblem.WithRoutePrior(losses, [0.5, 0.5]));
        Assert.Equal([0, 1, 1, 0], solution.Plan.Assignment!);
        Assert.Throws<InvalidOperationException>(() => _solver.Solve(TransportProblem.WithRoutePrior(losses, [0.1, 0.9])));
        Assert.Throws<InvalidOperationException>(() => _solver.Solve(TransportProblem.WithBudget(losses, [1, 2], 1.1)));
    }

    [Fact]
    public void The_price_of_the_budget_is_the_slope_of_the_value()
    {
        RandomProblems random = new(12);
        LossTable losses = random.Losses(4000, 4, 0);
        double[] cost = [1, 2, 4, 8];
        TransportSolution at = _solver.Solve(TransportProblem.WithBudget(losses, cost, 2));
        double above = _solver.Solve(TransportProblem.WithBudget(losses, cost, 2.01)).Value;
        double below = _solver.Solve(TransportProblem.WithBudget(losses, cost, 1.99)).Value;
        Assert.InRange(at.BudgetPrice, (at.Value - above) / 0.01 - 1e-12, (below - at.Value) / 0.01 + 1e-12);
        Assert.Equal(2, at.MeanCost, 1e-12);
        TransportSolution loose = _solver.Solve(TransportProblem.WithBudget(losses, cost, 8));
        Assert.Equal(0, loose.BudgetPrice);
    }

    [Fact]
    public void Random_problems_are_solved_to_strong_duality()
    {
        Gen<int> seeds = Gen.Choose(0, int.MaxValue - 1);
        Prop.ForAll(seeds.ToArbitrary(), seed =>
        {
            RandomProblems random = new(seed);
            int n = random.Random.Next(1, 200), k = random.Random.Next(1, 9);
            TransportProblem problem = seed % 2 == 0 ? random.WithPrior(n, k, seed % 7) : random.WithBudget(n, k, seed % 7);
            Certificate.Check(problem, _solver.Solve(problem));
        }).Check(Config.QuickThrowOnFailure.WithReplay(20_250_101UL, 7UL).WithMaxTest(200));
    }

    private static int[] Counts(int[] assignment, int k)
    {
        int[] counts = new int[k];
        foreach (int route in assignment)
        {
            counts[route]++;
        }

        return counts;
    }

    private static int[] Capacities(Random random, int n, int k)
    {
        int[] capacities = new int[k];
        for (int i = 0; i < n; i++)
        {
            capacities[Math.Min(random.Next(k), random.Next(k))]++;
        }

        return capacities;
    }

    private static double BruteForce(LossTable losses, int row, int[] left)
    {
        if (row == losses.Rows)
        {
            return 0;
        }

        double best = double.PositiveInfinity;
        for (int k = 0; k < left.Length; k++)
        {
            if (left[k] > 0)
            {
                left[k]--;
                best = Math.Min(best, losses[row, k] + BruteForce(losses, row + 1, left));
                left[k]++;
            }
        }

        return best;
    }
}
