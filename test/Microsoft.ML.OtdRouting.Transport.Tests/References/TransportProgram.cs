namespace Microsoft.ML.OtdRouting.Transport.Tests.References;

/// <summary>Writes a transport problem as a linear program in standard form.</summary>
internal static class TransportProgram
{
    public static double Minimum(TransportProblem problem)
    {
        int n = problem.Losses.Rows, k = problem.Losses.Routes;
        int slacks = problem.HasBudget ? (2 * k) + 1 : 0;
        List<double[]> rows = [];
        List<double> right = [];
        for (int i = 0; i < n; i++)
        {
            double[] row = new double[(n * k) + slacks];
            Array.Fill(row, 1, i * k, k);
            Add(row, problem.SamplePrior.IsEmpty ? 1.0 / n : problem.SamplePrior[i]);
        }

        for (int j = 0; j < k; j++)
        {
            double[] column = new double[(n * k) + slacks];
            for (int i = 0; i < n; i++)
            {
                column[(i * k) + j] = 1;
            }

            if (!problem.HasBudget)
            {
                Add(column, problem.RoutePrior[j]);
                continue;
            }

            double[] ceiling = (double[])column.Clone();
            column[(n * k) + j] = -1;
            ceiling[(n * k) + k + j] = 1;
            Add(column, problem.Floors[j]);
            Add(ceiling, problem.Ceilings[j]);
        }

        double[] objective = new double[(n * k) + slacks];
        for (int i = 0; i < n * k; i++)
        {
            objective[i] = problem.Losses[i / k, i % k];
        }

        if (problem.HasBudget)
        {
            double[] cost = new double[(n * k) + slacks];
            for (int i = 0; i < n * k; i++)
            {
                cost[i] = problem.Cost[i % k];
            }

            cost[^1] = 1;
            Add(cost, problem.Budget);
        }

        return DenseSimplex.Minimise(objective, [.. rows], [.. right]);

        void Add(double[] row, double value)
        {
            rows.Add(row);
            right.Add(value);
        }
    }
}
