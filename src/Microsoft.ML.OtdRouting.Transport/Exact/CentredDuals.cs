namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Optimal potentials from scratch on the final residual network. The distances from any node, and the negated distances to it, are optimal
/// duals; they are the corners of the optimal set. Their mean over all nodes lies strictly inside wherever the set has an inside, so that hard
/// routing does not hang on exact ties, and it is free of the rounding that thousands of updates leave behind.
/// </summary>
internal static class CentredDuals
{
    public static void Apply(RouteNetwork network, bool sharesAreFixed, CancellationToken cancellationToken)
    {
        // Shares that cannot change leave the sink without arcs.
        int size = sharesAreFixed ? network.Nodes : network.Nodes + 1;
        double[]? potential;
        do
        {
            potential = Mean(Distances(network, size), size, network.Nodes + 1);
        }
        while (potential is not null && !network.TryAdopt(potential, network.Price, cancellationToken));
    }

    /// <summary>The mean of all corners; null where every node misses some other, and the duals at hand have to stand.</summary>
    private static double[]? Mean(double[] distance, int size, int nodes)
    {
        double[] mean = new double[nodes];
        int corners = 0;
        for (int root = 0; root < size; root++)
        {
            bool from = true, to = true;
            for (int v = 0; v < size; v++)
            {
                from &= double.IsFinite(distance[(root * size) + v]);
                to &= double.IsFinite(distance[(v * size) + root]);
            }

            for (int v = 0; v < size; v++)
            {
                mean[v] += (from ? distance[(root * size) + v] : 0) - (to ? distance[(v * size) + root] : 0);
            }

            corners += (from ? 1 : 0) + (to ? 1 : 0);
        }

        for (int v = 0; v < size; v++)
        {
            mean[v] /= Math.Max(1, corners);
        }

        return corners > 0 ? mean : null;
    }

    /// <summary>All shortest paths by Floyd and Warshall; cycles that rounding made a little negative do no harm.</summary>
    private static double[] Distances(RouteNetwork network, int size)
    {
        double[] distance = new double[size * size];
        for (int u = 0; u < size; u++)
        {
            for (int v = 0; v < size; v++)
            {
                double length = u == v ? 0 : double.PositiveInfinity;
                if (u != v && u != network.Sink && v != network.Sink)
                {
                    length = network.CheapestMove(u, v).Loss + (network.Price * (network.CostOf(v) - network.CostOf(u)));
                }
                else if (u != v && network.SinkRoom(u, v) > 0)
                {
                    length = 0;
                }

                distance[(u * size) + v] = length;
            }
        }

        for (int via = 0; via < size; via++)
        {
            for (int u = 0; u < size; u++)
            {
                for (int v = 0; v < size; v++)
                {
                    double detour = distance[(u * size) + via] + distance[(via * size) + v];
                    if (u != v && detour < distance[(u * size) + v])
                    {
                        distance[(u * size) + v] = detour;
                    }
                }
            }
        }

        return distance;
    }
}
