using System.Diagnostics;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Turns the final state of a <see cref="RouteNetwork"/> into a solution.</summary>
internal static class ExactReport
{
    public static TransportSolution Describe(
        TransportProblem problem, RouteNetwork network, int iterations, long started, int threads, CancellationToken cancellationToken)
    {
        int routes = problem.Losses.Routes;
        double[] shares = new double[routes];
        double[] potentials = new double[routes];
        Array.Fill(potentials, double.NegativeInfinity);
        double[] g = network.RoutePotentials();
        for (int a = 0; a < network.Nodes; a++)
        {
            shares[network.RouteOf(a)] = network.Held[a] / (double)network.Masses.Total;
            potentials[network.RouteOf(a)] = g[a];
        }

        if (!problem.HasBudget)
        {
            Centre(problem, potentials);
        }

        Dictionary<int, double[]> splits = Fractions(network, routes);
        int[] main = Array.ConvertAll(network.Primary, a => a >= 0 ? network.RouteOf(a) : -1);
        (double value, double softMinimum) = Sums(problem, main, splits, potentials, threads, cancellationToken);
        double dual = softMinimum + Linear(problem, network, potentials);
        double error = MarginalError(problem, network, shares);
        double meanCost = TransportSolution.MeanCostOf(problem, shares);
        int[] assignment = Assignment(problem, network, main, cancellationToken);
        return new TransportSolution(new ExactPlan(problem, main, splits, potentials, assignment), potentials, shares)
        {
            BudgetPrice = network.Price,
            Value = value,
            Objective = value,
            DualValue = dual,
            MarginalError = error,
            Iterations = iterations,
            Converged = error <= 1e-12,
            Elapsed = Stopwatch.GetElapsedTime(started),
            MeanCost = meanCost,
        };
    }

    private static int[] Assignment(TransportProblem problem, RouteNetwork network, int[] main, CancellationToken cancellationToken)
    {
        if (network.Splits.Count == 0)
        {
            return main;
        }

        if (problem.HasBudget)
        {
            return BudgetRounding.Round(network, problem.Losses, problem);
        }

        if (!network.Masses.IsUniform)
        {
            return Array.ConvertAll(
                Enumerable.Range(0, main.Length).ToArray(), i => main[i] >= 0 ? main[i] : network.RouteOf(RouteNetwork.LargestPart(network.Splits[i])));
        }

        network.RoundToCounts(IntegerMasses.Apportion(problem.RoutePrior, problem.Losses.Rows));
        new ShortestAugmentation(network).Run(null, cancellationToken);
        return Array.ConvertAll(network.Primary, network.RouteOf);
    }

    private static void Centre(TransportProblem problem, double[] potentials)
    {
        double level = 0;
        for (int k = 0; k < potentials.Length; k++)
        {
            level += problem.RoutePrior[k] > 0 ? problem.RoutePrior[k] * potentials[k] : 0;
        }

        for (int k = 0; k < potentials.Length; k++)
        {
            potentials[k] -= level;
        }
    }

    private static Dictionary<int, double[]> Fractions(RouteNetwork network, int routes)
    {
        Dictionary<int, double[]> splits = [];
        foreach ((int row, long[] parts) in network.Splits)
        {
            double[] fractions = new double[routes];
            for (int a = 0; a < network.Nodes; a++)
            {
                fractions[network.RouteOf(a)] = parts[a] / (double)network.Masses[row];
            }

            splits[row] = fractions;
        }

        return splits;
    }

    /// <summary>Σ T·L and Σ a_i min_k (L_ik − g_k), chunk by chunk in order.</summary>
    private static (double Value, double SoftMinimum) Sums(
        TransportProblem problem, int[] main, Dictionary<int, double[]> splits, double[] g, int threads, CancellationToken cancellationToken)
    {
        LossTable losses = problem.Losses;
        RowChunks chunks = new(losses.Rows);
        double[] values = new double[chunks.Count], minima = new double[chunks.Count];
        chunks.Run(threads, cancellationToken, chunk =>
        {
            double[] row = new double[losses.Routes];
            double value = 0, minimum = 0;
            for (int i = chunks.Start(chunk); i < chunks.End(chunk); i++)
            {
                losses.CopyRow(i, row);
                double weight = problem.SampleWeights is { } weights ? weights[i] : 1;
                double least = double.PositiveInfinity, loss = 0;
                double[]? fractions = main[i] < 0 ? splits[i] : null;
                for (int k = 0; k < row.Length; k++)
                {
                    least = Math.Min(least, row[k] - g[k]);
                    loss += fractions is not null && fractions[k] > 0 ? fractions[k] * row[k] : 0;
                }

                value += weight * (fractions is null ? row[main[i]] : loss);
                minimum += weight * least;
            }

            (values[chunk], minima[chunk]) = (value, minimum);
        });
        double scale = problem.SampleWeights is null ? 1.0 / losses.Rows : 1;
        return (values.Sum() * scale, minima.Sum() * scale);
    }

    private static double Linear(TransportProblem problem, RouteNetwork network, double[] potentials)
    {
        double sum = problem.HasBudget && network.Price > 0 ? -network.Price * problem.Budget : 0;
        for (int a = 0; a < network.Nodes; a++)
        {
            int k = network.RouteOf(a);
            double h = problem.HasBudget ? network.Potential[a] - network.Potential[network.Sink] : potentials[k];
            sum += h > 0 ? h * problem.Floors[k] : h * problem.Ceilings[k];
        }

        return sum;
    }

    private static double MarginalError(TransportProblem problem, RouteNetwork network, double[] shares)
    {
        double error = 0, cost = 0, least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int k = 0; k < shares.Length; k++)
        {
            error += Math.Max(0, Math.Max(problem.Floors[k] - shares[k], shares[k] - problem.Ceilings[k]));
        }

        if (problem.HasBudget)
        {
            for (int a = 0; a < network.Nodes; a++)
            {
                cost += shares[network.RouteOf(a)] * (network.CostOf(a) - problem.Budget);
                (least, most) = (Math.Min(least, network.CostOf(a)), Math.Max(most, network.CostOf(a)));
            }

            error += most > least ? Math.Max(0, cost) / (most - least) : 0;
        }

        return error;
    }
}
