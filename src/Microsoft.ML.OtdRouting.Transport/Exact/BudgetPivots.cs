using System.Runtime.CompilerServices;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// Moves the price of the budget until the mean cost meets it: a parametric cycle-cancelling method on a <see cref="RouteNetwork"/>. At the
/// next price where some residual cycle costs nothing, mass is pushed around that cycle; the plan stays optimal at every price on the way.
/// The cycle is found as a minimum-ratio cycle by Newton's (Dinkelbach's) iteration over Bellman–Ford searches.
/// </summary>
internal sealed class BudgetPivots
{
    private readonly RouteNetwork _network;
    private readonly int _size;
    private readonly double[] _loss;
    private readonly int[] _row;
    private readonly double _budget;
    private readonly double _span;
    private readonly double _range;

    public BudgetPivots(RouteNetwork network, LossTable losses, double budget)
    {
        _network = network;
        _size = network.Nodes + 1;
        _loss = new double[_size * _size];
        _row = new int[_size * _size];
        _budget = budget;
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        for (int a = 0; a < network.Nodes; a++)
        {
            (least, most) = (Math.Min(least, network.CostOf(a)), Math.Max(most, network.CostOf(a)));
        }

        _span = most - least;
        _range = Math.Max(losses.Maximum - losses.Minimum, losses.MaximumMagnitude * 1e-12);
    }

    public int Pivots { get; private set; }

    public void Run(Action<int, double>? report, CancellationToken cancellationToken)
    {
        while (true)
        {
            double over = Overspend();
            bool up = over > 0;
            double negligible = 1e-14 * _network.Masses.Total * _span;
            if (_span == 0 || Math.Abs(over) <= negligible || (!up && _network.Price == 0))
            {
                return;
            }

            if ((Pivots & 1023) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                report?.Invoke(Pivots, Math.Abs(over) / (_network.Masses.Total * _span));
            }

            ReadArcs();
            (double price, List<int>? cycle, double[] potential) = NextEvent(up);
            if (up && cycle is null)
            {
                if (double.IsPositiveInfinity(_network.Window))
                {
                    throw new InvalidOperationException(
                        "No plan meets the budget: the forbidden entries (+∞) of the loss table leave too few samples for the cheaper routes.");
                }

                _network.Widen(cancellationToken);
            }
            else if (_network.TryAdopt(potential, price, cancellationToken) && cycle is not null)
            {
                PushAround(cycle, Math.Abs(over));
            }
        }
    }

    /// <summary>Cost of the plan above the budget, in mass units × cost.</summary>
    private double Overspend()
    {
        double sum = 0;
        for (int a = 0; a < _network.Nodes; a++)
        {
            sum += _network.Held[a] * (_network.CostOf(a) - _budget);
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadArcs()
    {
        for (int u = 0; u < _size; u++)
        {
            for (int v = 0; v < _size; v++)
            {
                (double loss, int row) = (double.PositiveInfinity, -1);
                if (u != v && u != _network.Sink && v != _network.Sink)
                {
                    (loss, row) = _network.CheapestMove(u, v);
                }
                else if (u != v && _network.SinkRoom(u, v) > 0)
                {
                    loss = 0;
                }

                (_loss[(u * _size) + v], _row[(u * _size) + v]) = (loss, row);
            }
        }
    }

    /// <summary>The cost of an arc is that of the route it leads to less that of the route it leaves; around a cycle the sink's cancels out.</summary>
    private double CostChange(int u, int v) =>
        u == _network.Sink || v == _network.Sink ? 0 : _network.CostOf(v) - _network.CostOf(u);

    private double Length(int u, int v, double price) => _loss[(u * _size) + v] + (price * CostChange(u, v));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Price, List<int>? Cycle, double[] Potential) NextEvent(bool up)
    {
        (double price, List<int>? best) = DirectExchange(up);
        while (true)
        {
            double[] potential = (double[])_network.Potential.Clone();
            List<int>? cycle = NegativeCycle(potential, price);
            if (cycle is null)
            {
                return (price, best, potential);
            }

            (double loss, double cost) = Totals(cycle);
            double ratio = up ? Math.Max(_network.Price, -loss / cost) : Math.Min(_network.Price, -loss / cost);
            bool improves = up ? cost < 0 && ratio < price : cost > 0 && ratio > price;
            if (!improves)
            {
                return (price, best, potential);
            }

            (price, best) = (ratio, cycle);
        }
    }

    /// <summary>The best exchange of two routes through the sink; without one, a price beyond every event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (double Price, List<int>? Cycle) DirectExchange(bool up)
    {
        double smallest = double.PositiveInfinity;
        double price = up ? double.PositiveInfinity : 0;
        List<int>? best = null;
        int sink = _network.Sink;
        for (int u = 0; u < sink; u++)
        {
            for (int v = 0; v < sink; v++)
            {
                double change = _network.CostOf(v) - _network.CostOf(u);
                if (u == v || change == 0)
                {
                    continue;
                }

                smallest = Math.Min(smallest, Math.Abs(change));
                double loss = _loss[(u * _size) + v] + _loss[(sink * _size) + u] + _loss[(v * _size) + sink];
                if (change < 0 == up && loss < double.PositiveInfinity)
                {
                    double ratio = up ? Math.Max(_network.Price, -loss / change) : Math.Min(_network.Price, -loss / change);
                    if (up ? ratio < price : ratio > price)
                    {
                        (price, best) = (ratio, [u, v, sink]);
                    }
                }
            }
        }

        return (double.IsInfinity(price) ? _network.Price + (2 * _size * _range / smallest) : price, best);
    }

    /// <summary>Bellman–Ford from feasible potentials at the present price; on success they are feasible at the new one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private List<int>? NegativeCycle(double[] potential, double price)
    {
        int[] from = new int[_size];
        Array.Fill(from, -1);
        double tolerance = 1e-14 * (_range + (price * _span));
        int changed = -1;
        for (int round = 0; round <= _size; round++)
        {
            changed = -1;
            for (int u = 0; u < _size; u++)
            {
                for (int v = 0; v < _size; v++)
                {
                    double reached = potential[u] + Length(u, v, price);
                    if (reached < potential[v] - tolerance)
                    {
                        potential[v] = reached;
                        from[v] = u;
                        changed = v;
                    }
                }
            }

            if (changed < 0)
            {
                return null;
            }
        }

        // Still improving after K + 1 rounds: walking back that many arcs ends on a cycle.
        int node = changed;
        for (int step = 0; step < _size; step++)
        {
            node = from[node];
        }

        List<int> cycle = [];
        for (int v = node; cycle.Count == 0 || v != node; v = from[v])
        {
            cycle.Add(v);
        }

        cycle.Reverse();
        return cycle;
    }

    private (double Loss, double Cost) Totals(List<int> cycle)
    {
        double loss = 0, cost = 0;
        for (int i = 0; i < cycle.Count; i++)
        {
            (int u, int v) = (cycle[i], cycle[(i + 1) % cycle.Count]);
            loss += _loss[(u * _size) + v];
            cost += CostChange(u, v);
        }

        return (loss, cost);
    }

    private void PushAround(List<int> cycle, double over)
    {
        // Rounded up: the mean cost ends at or below the budget on the way up, and the surplus is one unit of 2⁻⁶⁰ at most.
        double wanted = Math.Ceiling(over / Math.Abs(Totals(cycle).Cost));
        long amount = wanted >= _network.Masses.Total ? _network.Masses.Total : (long)wanted;
        for (int i = 0; i < cycle.Count; i++)
        {
            (int u, int v) = (cycle[i], cycle[(i + 1) % cycle.Count]);
            int row = _row[(u * _size) + v];
            amount = Math.Min(amount, row >= 0 ? _network.MassAt(row, u) : _network.SinkRoom(u, v));
        }

        for (int i = 0; i < cycle.Count; i++)
        {
            (int u, int v) = (cycle[i], cycle[(i + 1) % cycle.Count]);
            _network.Push(u, v, _row[(u * _size) + v], amount);
        }

        Pivots++;
    }
}
