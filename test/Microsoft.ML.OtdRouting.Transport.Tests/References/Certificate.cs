namespace Microsoft.ML.OtdRouting.Transport.Tests.References;

/// <summary>
/// Proves optimality of a linear program's solution from its plan and duals alone: a feasible plan and feasible duals of equal value are
/// optimal by weak duality, whatever produced them.
/// </summary>
internal static class Certificate
{
    public static void Check(TransportProblem problem, TransportSolution solution, double tolerance = 1e-9)
    {
        int n = problem.Losses.Rows, routes = problem.Losses.Routes;
        double unit = Math.Max(problem.Losses.MaximumMagnitude, 1e-300);
        double[] row = new double[routes], losses = new double[routes], shares = new double[routes];
        double value = 0, dual = 0, lost = 0, slackness = 0;
        ReadOnlySpan<double> g = solution.RoutePotentials;
        for (int i = 0; i < n; i++)
        {
            solution.Plan.CopyRow(i, row);
            problem.Losses.CopyRow(i, losses);
            double mass = 0, wanted = problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i], best = double.PositiveInfinity;
            for (int k = 0; k < routes; k++)
            {
                Assert.True(row[k] >= 0);
                mass += row[k];
                shares[k] += row[k];
                best = Math.Min(best, losses[k] - g[k]);
                value += row[k] > 0 ? row[k] * losses[k] : 0;
            }

            Assert.Equal(wanted, mass, 1e-15);
            // What each addition loses is kept (Neumaier): potentials may be far larger than the value that is left of them.
            double term = wanted * best, sum = dual + term;
            lost += Math.Abs(dual) >= Math.Abs(term) ? dual - sum + term : term - sum + dual;
            dual = sum;
            for (int k = 0; k < routes; k++)
            {
                slackness = row[k] > 0 ? Math.Max(slackness, losses[k] - g[k] - best) : slackness;
            }
        }

        dual += lost;
        Assert.True(slackness <= tolerance * unit, $"Complementary slackness is violated by {slackness / unit} of the largest loss.");
        double cost = 0;
        for (int k = 0; k < routes; k++)
        {
            Assert.InRange(shares[k], problem.Floors[k] - 1e-12, problem.Ceilings[k] + 1e-12);
            if (problem.Ceilings[k] == 0)
            {
                Assert.Equal(0, shares[k]);
                continue;
            }

            double h = problem.HasBudget ? g[k] + (solution.BudgetPrice * problem.Cost[k]) : g[k];
            dual += h * (h > 0 ? problem.Floors[k] : problem.Ceilings[k]);
            cost += problem.HasBudget ? shares[k] * problem.Cost[k] : 0;
        }

        if (problem.HasBudget)
        {
            Assert.True(solution.BudgetPrice >= 0);
            Assert.True(cost <= problem.Budget + (1e-12 * Math.Max(1, Math.Abs(problem.Budget))));
            dual -= solution.BudgetPrice * problem.Budget;
        }

        Assert.Equal(value, dual, tolerance * unit);
        Assert.Equal(value, solution.Value, 1e-12 * unit);
        Assert.Equal(dual, solution.DualValue, 1e-12 * unit);
        Assert.True(solution.Converged);
    }
}
