using System.Runtime.CompilerServices;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// The state of the exact solver: where every row's mass is, and the residual network on the K routes plus a sink. An arc k → j
/// moves the row of route k that minds j least; a heap for each ordered pair knows it. Arcs between a route and the sink change
/// the route's share within its floor and ceiling.
/// </summary>
/// <remarks>
/// For large tables the heaps hold only candidates: rows whose reduced cost was ≤ τ at potentials g⁰. As long as no difference
/// of potentials has moved by more than τ since, every other row's reduced cost is still ≥ 0, so the restriction is exact.
/// </remarks>
internal sealed partial class RouteNetwork
{
    private readonly LossTable _losses;
    private readonly int[] _route;
    private readonly double[] _cost;
    private readonly int[] _primary;
    private readonly RowHeap[] _heaps;
    private readonly double[] _anchor;
    private readonly double[] _row;
    private readonly int _threads;
    private IntegerMasses _masses;
    private Dictionary<int, long[]> _splits = [];

    public RouteNetwork(LossTable losses, IntegerMasses masses, ReadOnlySpan<double> cost, int threads)
    {
        _losses = losses;
        _masses = masses;
        _threads = threads;
        _route = Enumerable.Range(0, losses.Routes).Where(k => masses.Ceilings[k] > 0).ToArray();
        Nodes = _route.Length;
        _cost = new double[Nodes + 1];
        for (int a = 0; a < Nodes && !cost.IsEmpty; a++)
        {
            _cost[a] = cost[_route[a]];
        }

        Potential = new double[Nodes + 1];
        Held = new long[Nodes];
        Shipped = new long[Nodes];
        _anchor = new double[Nodes];
        _row = new double[losses.Routes];
        _primary = new int[losses.Rows];
        _heaps = new RowHeap[Nodes * Nodes];
        for (int i = 0; i < _heaps.Length; i++)
        {
            _heaps[i] = new RowHeap();
        }
    }

    /// <summary>Routes with a positive ceiling; node <see cref="Nodes"/> is the sink.</summary>
    public int Nodes { get; }

    public int Sink => Nodes;

    /// <summary>Dual h of each node: floors' and ceilings' part of g. The sink's is 0 at the end.</summary>
    public double[] Potential { get; private set; }

    /// <summary>Price of the budget, μ.</summary>
    public double Price { get; private set; }

    /// <summary>Mass at each route.</summary>
    public long[] Held { get; }

    /// <summary>Flow from each route to the sink; equals <see cref="Held"/> once feasible.</summary>
    public long[] Shipped { get; }

    public double Window { get; private set; } = double.PositiveInfinity;

    public IntegerMasses Masses => _masses;

    public int[] Primary => _primary;

    public Dictionary<int, long[]> Splits => _splits;

    public int RouteOf(int node) => _route[node];

    public double CostOf(int node) => _cost[node];

    public long Floor(int node) => _masses.Floors[_route[node]];

    public long Ceiling(int node) => _masses.Ceilings[_route[node]];

    /// <summary>Sends every row to its best route at potentials h and price μ, and ships what complementary slackness asks for.</summary>
    public void AssignAll(double[] potential, double price, CancellationToken cancellationToken)
    {
        Potential = potential;
        Price = price;
        _splits = [];
        RowChunks chunks = new(_losses.Rows);
        long[][] counts = new long[chunks.Count][];
        double[] g = RoutePotentials();
        chunks.Run(_threads, cancellationToken, chunk =>
        {
            double[] row = new double[_losses.Routes];
            long[] held = new long[Nodes];
            for (int i = chunks.Start(chunk); i < chunks.End(chunk); i++)
            {
                _losses.CopyRow(i, row);
                int best = 0;
                double least = double.PositiveInfinity;
                for (int a = 0; a < Nodes; a++)
                {
                    double value = row[_route[a]] - g[a];
                    if (value < least)
                    {
                        (least, best) = (value, a);
                    }
                }

                _primary[i] = best;
                held[best] += _masses[i];
            }

            counts[chunk] = held;
        });
        Array.Clear(Held);
        foreach (long[] held in counts)
        {
            for (int a = 0; a < Nodes; a++)
            {
                Held[a] += held[a];
            }
        }

        for (int a = 0; a < Nodes; a++)
        {
            double h = Potential[a] - Potential[Sink];
            Shipped[a] = h > 0 ? Floor(a) : h < 0 ? Ceiling(a) : Math.Clamp(Held[a], Floor(a), Ceiling(a));
        }
    }

    /// <summary>From now on every row is one unit and every route has an exact capacity; split rows go to their largest part.</summary>
    public void RoundToCounts(long[] capacities)
    {
        int[] rows = [.. _splits.Keys.Order()];
        foreach (int row in rows)
        {
            _primary[row] = LargestPart(_splits[row]);
        }

        _splits = [];
        _masses = IntegerMasses.Counts(_losses.Rows, capacities);
        Array.Clear(Held);
        foreach (int a in _primary)
        {
            Held[a]++;
        }

        for (int a = 0; a < Nodes; a++)
        {
            Shipped[a] = capacities[_route[a]];
        }
    }

    public static int LargestPart(long[] parts) => Array.IndexOf(parts, parts.Max());

    public long MassAt(int row, int node)
    {
        int primary = _primary[row];
        return primary >= 0 ? (primary == node ? _masses[row] : 0) : _splits[row][node];
    }

    /// <summary>The cheapest move from one route to another: the change of loss for each unit, and the row; +∞ and −1 for none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public (double Loss, int Row) CheapestMove(int from, int to)
    {
        RowHeap heap = _heaps[(from * Nodes) + to];
        while (heap.Count > 0)
        {
            int row = heap.TopRow;
            if (_primary[row] == from || (_primary[row] < 0 && _splits[row][from] > 0))
            {
                return (heap.TopKey, row);
            }

            heap.Pop();
        }

        return (double.PositiveInfinity, -1);
    }

    /// <summary>Whether an arc with the sink is open, and by how much.</summary>
    public long SinkRoom(int from, int to) => from == Sink ? Shipped[to] - Floor(to) : Ceiling(from) - Shipped[from];

    /// <summary>Pushes mass along one residual arc; <paramref name="row"/> matters between two routes only.</summary>
    public void Push(int from, int to, int row, long amount)
    {
        if (to == Sink)
        {
            Shipped[from] += amount;
        }
        else if (from == Sink)
        {
            Shipped[to] -= amount;
        }
        else
        {
            Move(row, from, to, amount);
        }
    }

    /// <summary>g of every node: h − μ c.</summary>
    public double[] RoutePotentials() => PotentialsAt(Potential, Price);

    public double[] PotentialsAt(double[] potential, double price)
    {
        double[] g = new double[Nodes];
        for (int a = 0; a < Nodes; a++)
        {
            g[a] = potential[a] - potential[Sink] - (price * _cost[a]);
        }

        return g;
    }

    /// <summary>
    /// Adopts potentials if the candidates still cover them; otherwise widens the candidates around the present potentials and says no.
    /// </summary>
    public bool TryAdopt(double[] potential, double price, CancellationToken cancellationToken)
    {
        double[] g = PotentialsAt(potential, price);
        double most = double.NegativeInfinity, least = double.PositiveInfinity;
        for (int a = 0; a < Nodes; a++)
        {
            double change = g[a] - _anchor[a];
            (most, least) = (Math.Max(most, change), Math.Min(least, change));
        }

        if (!(most - least <= Window))
        {
            CollectCandidates(Math.Max(8 * Window, 4 * (most - least)), cancellationToken);
            return false;
        }

        Potential = potential;
        Price = price;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move(int row, int from, int to, long amount)
    {
        if (_primary[row] >= 0 && amount == _masses[row])
        {
            _primary[row] = to;
            Enter(row, to);
        }
        else
        {
            if (!_splits.TryGetValue(row, out long[]? parts))
            {
                parts = new long[Nodes];
                parts[_primary[row]] = _masses[row];
                _splits[row] = parts;
                _primary[row] = -1;
            }

            bool isNew = parts[to] == 0;
            parts[from] -= amount;
            parts[to] += amount;
            if (parts[to] == _masses[row])
            {
                _splits.Remove(row);
                _primary[row] = to;
            }

            if (isNew)
            {
                Enter(row, to);
            }
        }

        Held[from] -= amount;
        Held[to] += amount;
    }

    /// <summary>A row that arrives at a route can leave it again for every other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Enter(int row, int node)
    {
        _losses.CopyRow(row, _row);
        double own = _row[_route[node]];
        for (int b = 0; b < Nodes; b++)
        {
            double key = _row[_route[b]] - own;
            if (b != node && key < double.PositiveInfinity)
            {
                _heaps[(node * Nodes) + b].Push(key, row);
            }
        }
    }
}
