namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Optimal potentials from scratch on the final residual network: the mean of the distances from and to a root. Both are optimal duals and
/// differ where the duals are not unique; their mean lies inside, so that hard routing does not hang on exact ties, and it is free of the
/// rounding that thousands of updates leave behind.
/// </summary>
internal static class CentredDuals
{
    public static void Apply(RouteNetwork network, bool sharesAreFixed, CancellationToken cancellationToken)
    {
        int size = network.Nodes + 1;
        int root = network.Sink;
        if (sharesAreFixed)
        {
            // Shares that cannot change leave the sink without arcs; the route with the most mass takes its place.
            root = Array.IndexOf(network.Held, network.Held.Max());
        }

        while (true)
        {
            double[] lengths = Lengths(network);
            double[] from = Distances(lengths, size, root, forward: true);
            double[] to = Distances(lengths, size, root, forward: false);
            double[] potential = new double[size];
            bool complete = true;
            for (int v = 0; v < size; v++)
            {
                bool counts = v < network.Nodes || !sharesAreFixed;
                complete &= !counts || (double.IsFinite(from[v]) && double.IsFinite(to[v]));
                potential[v] = counts ? 0.5 * (from[v] - to[v]) : 0;
            }

            if (complete && network.TryAdopt(potential, network.Price, cancellationToken))
            {
                return;
            }

            // Not complete with every row a candidate: some potential is bounded on one side only, and the present duals stand.
            if (!complete && double.IsPositiveInfinity(network.Window))
            {
                return;
            }

            if (!complete)
            {
                network.Widen(cancellationToken);
            }
        }
    }

    private static double[] Lengths(RouteNetwork network)
    {
        int size = network.Nodes + 1;
        double[] lengths = new double[size * size];
        for (int u = 0; u < size; u++)
        {
            for (int v = 0; v < size; v++)
            {
                double length = double.PositiveInfinity;
                if (u != v && u != network.Sink && v != network.Sink)
                {
                    length = network.CheapestMove(u, v).Loss + (network.Price * (network.CostOf(v) - network.CostOf(u)));
                }
                else if (u != v && network.SinkRoom(u, v) > 0)
                {
                    length = 0;
                }

                lengths[(u * size) + v] = length;
            }
        }

        return lengths;
    }

    /// <summary>Bellman–Ford; the number of rounds is bounded, so cycles that rounding made a little negative do no harm.</summary>
    private static double[] Distances(double[] lengths, int size, int root, bool forward)
    {
        double[] distance = new double[size];
        Array.Fill(distance, double.PositiveInfinity);
        distance[root] = 0;
        for (int round = 0; round < size; round++)
        {
            bool changed = false;
            for (int u = 0; u < size; u++)
            {
                for (int v = 0; v < size; v++)
                {
                    double reached = distance[u] + (forward ? lengths[(u * size) + v] : lengths[(v * size) + u]);
                    if (v != root && reached < distance[v])
                    {
                        distance[v] = reached;
                        changed = true;
                    }
                }
            }

            if (!changed)
            {
                break;
            }
        }

        return distance;
    }
}
