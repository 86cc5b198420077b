namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Successive shortest augmenting paths with potentials (Ahuja, Magnanti and Orlin, "Network Flows", 1993, §9.7) on the K + 1 nodes
/// of a <see cref="RouteNetwork"/>: Dijkstra on a dense graph, whose arcs are the heaps' tops.
/// </summary>
internal sealed class ShortestAugmentation
{
    private readonly RouteNetwork _network;
    private readonly int _size;
    private readonly double[] _distance;
    private readonly bool[] _final;
    private readonly int[] _from;
    private readonly int[] _viaRow;
    private readonly long[] _excess;

    public ShortestAugmentation(RouteNetwork network)
    {
        _network = network;
        _size = network.Nodes + 1;
        _distance = new double[_size];
        _final = new bool[_size];
        _from = new int[_size];
        _viaRow = new int[_size];
        _excess = new long[_size];
    }

    public int Augmentations { get; private set; }

    /// <summary>Moves mass until every route holds what it ships and the sink receives everything.</summary>
    public void Run(Action<int, double>? report, CancellationToken cancellationToken)
    {
        long shipped = 0;
        for (int a = 0; a < _network.Nodes; a++)
        {
            _excess[a] = _network.Held[a] - _network.Shipped[a];
            shipped += _network.Shipped[a];
        }

        _excess[_network.Sink] = shipped - _network.Masses.Total;
        while (Array.Exists(_excess, e => e > 0))
        {
            if ((Augmentations & 4095) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                report?.Invoke(Augmentations, _excess.Sum(e => Math.Abs((double)e)) / _network.Masses.Total);
            }

            int target = Search();
            if (target < 0)
            {
                if (double.IsPositiveInfinity(_network.Window))
                {
                    throw new InvalidOperationException(
                        "No plan exists: the forbidden entries (+∞) of the loss table leave too few samples for a route's share.");
                }

                _network.Widen(cancellationToken);
                continue;
            }

            if (_network.TryAdopt(Raised(target), _network.Price, cancellationToken))
            {
                Augment(target);
            }
        }
    }

    /// <summary>Dijkstra from all nodes with an excess to the nearest with a deficit; −1 if there is no path.</summary>
    private int Search()
    {
        for (int v = 0; v < _size; v++)
        {
            _final[v] = false;
            _from[v] = -1;
            _distance[v] = _excess[v] > 0 ? 0 : double.PositiveInfinity;
        }

        while (true)
        {
            int u = -1;
            for (int v = 0; v < _size; v++)
            {
                if (!_final[v] && _distance[v] < double.PositiveInfinity && (u < 0 || _distance[v] < _distance[u]))
                {
                    u = v;
                }
            }

            if (u < 0 || _excess[u] < 0)
            {
                return u;
            }

            _final[u] = true;
            Relax(u);
        }
    }

    private void Relax(int u)
    {
        double[] h = _network.Potential;
        for (int v = 0; v < _size; v++)
        {
            if (_final[v] || v == u)
            {
                continue;
            }

            int row = -1;
            double length;
            if (u == _network.Sink || v == _network.Sink)
            {
                if (_network.SinkRoom(u, v) <= 0)
                {
                    continue;
                }

                length = 0;
            }
            else
            {
                (length, row) = _network.CheapestMove(u, v);
                if (row < 0)
                {
                    continue;
                }

                length += _network.Price * (_network.CostOf(v) - _network.CostOf(u));
            }

            // Rounding may leave a reduced cost a few units of the last place below zero.
            double reached = _distance[u] + Math.Max(0, length + h[u] - h[v]);
            if (reached < _distance[v])
            {
                _distance[v] = reached;
                _from[v] = u;
                _viaRow[v] = row;
            }
        }
    }

    private double[] Raised(int target)
    {
        double[] h = (double[])_network.Potential.Clone();
        for (int v = 0; v < _size; v++)
        {
            h[v] += _final[v] ? _distance[v] - _distance[target] : 0;
        }

        return h;
    }

    private void Augment(int target)
    {
        long amount = -_excess[target];
        int source = target;
        for (int v = target; _from[v] >= 0; v = source)
        {
            source = _from[v];
            amount = Math.Min(amount, _viaRow[v] >= 0 ? _network.MassAt(_viaRow[v], source) : _network.SinkRoom(source, v));
        }

        amount = Math.Min(amount, _excess[source]);
        for (int v = target; v != source; v = _from[v])
        {
            _network.Push(_from[v], v, _viaRow[v], amount);
        }

        _excess[source] -= amount;
        _excess[target] += amount;
        Augmentations++;
    }
}
