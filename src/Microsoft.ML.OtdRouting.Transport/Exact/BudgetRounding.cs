namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>Rounds the few split rows of a budget plan to one route each without exceeding the budget.</summary>
internal static class BudgetRounding
{
    /// <summary>
    /// Every split row first takes the cheapest of its routes, which can only lower the cost; then rows take a dearer one of their routes
    /// where the budget still allows it, dearest first, so that the cost ends just below the budget.
    /// </summary>
    public static int[] Round(RouteNetwork network, LossTable losses, TransportProblem problem)
    {
        int[] assignment = new int[losses.Rows];
        double spare = 0;
        for (int i = 0; i < assignment.Length; i++)
        {
            int node = network.Primary[i];
            if (node < 0)
            {
                node = Options(network, i).MinBy(a => (network.CostOf(a), a));
            }

            assignment[i] = network.RouteOf(node);
            spare += Weight(problem, i) * (problem.Budget - problem.Cost[assignment[i]]);
        }

        foreach (int row in network.Splits.Keys.Order())
        {
            foreach (int node in Options(network, row).OrderByDescending(network.CostOf))
            {
                int route = network.RouteOf(node);
                double extra = Weight(problem, row) * (problem.Cost[route] - problem.Cost[assignment[row]]);
                if (extra > 0 && extra <= spare)
                {
                    spare -= extra;
                    assignment[row] = route;
                    break;
                }
            }
        }

        return assignment;
    }

    private static IEnumerable<int> Options(RouteNetwork network, int row) =>
        Enumerable.Range(0, network.Nodes).Where(a => network.Splits[row][a] > 0);

    private static double Weight(TransportProblem problem, int row) => problem.SampleWeights is { } weights ? weights[row] : 1;
}
