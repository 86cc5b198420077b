using System.Runtime.CompilerServices;

namespace Microsoft.ML.OtdRouting.Transport;

/// <content>Which rows the heaps hold.</content>
internal sealed partial class RouteNetwork
{
    private const int _smallTable = 1 << 16;
    private const int _sampleRows = 4096;

    /// <summary>Fills the heaps with as many near-tied rows as the present imbalance is likely to need; with all rows of a small table.</summary>
    public void CollectCandidates(CancellationToken cancellationToken)
    {
        long rows = _losses.Rows;
        if (rows * Nodes <= _smallTable)
        {
            CollectCandidates(double.PositiveInfinity, cancellationToken);
            return;
        }

        double misplaced = 0;
        for (int a = 0; a < Nodes; a++)
        {
            misplaced += Math.Abs(Held[a] - (double)Shipped[a]) / _masses.Total * rows;
        }

        double wanted = Math.Max(4 * misplaced, Math.Max(64.0 * Nodes, 4 * Math.Sqrt(rows)));
        double[] slacks = SampledSlacks();
        Array.Sort(slacks);
        double rank = wanted / rows * slacks.Length;
        CollectCandidates(rank >= slacks.Length / 2 ? double.PositiveInfinity : Math.Max(slacks[(int)rank], double.Epsilon), cancellationToken);
    }

    /// <summary>Admits eight times as distant candidates.</summary>
    public void Widen(CancellationToken cancellationToken) => CollectCandidates(8 * Window, cancellationToken);

    /// <summary>Fills the heaps with every row whose reduced cost at the present potentials is ≤ <paramref name="window"/>.</summary>
    private void CollectCandidates(double window, CancellationToken cancellationToken)
    {
        if (window > _losses.Maximum - _losses.Minimum)
        {
            window = double.PositiveInfinity;
        }

        Window = window;
        double[] g = RoutePotentials();
        g.CopyTo(_anchor, 0);
        foreach (RowHeap heap in _heaps)
        {
            heap.Clear();
        }

        RowChunks chunks = new(_losses.Rows);
        List<(double Key, int Row, int Pair)>[] found = new List<(double, int, int)>[chunks.Count];
        chunks.Run(_threads, cancellationToken, chunk =>
        {
            double[] row = new double[_losses.Routes];
            List<(double, int, int)> list = [];
            for (int i = chunks.Start(chunk); i < chunks.End(chunk); i++)
            {
                _losses.CopyRow(i, row);
                int primary = _primary[i];
                for (int a = 0; a < Nodes; a++)
                {
                    if (primary == a || (primary < 0 && _splits[i][a] > 0))
                    {
                        AddMoves(row, i, a, g, window, list);
                    }
                }
            }

            found[chunk] = list;
        });
        foreach (List<(double Key, int Row, int Pair)> list in found)
        {
            foreach ((double key, int row, int pair) in list)
            {
                _heaps[pair].Append(key, row);
            }
        }

        foreach (RowHeap heap in _heaps)
        {
            heap.Build();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddMoves(double[] row, int index, int from, double[] g, double window, List<(double Key, int Row, int Pair)> list)
    {
        double own = row[_route[from]];
        for (int b = 0; b < Nodes; b++)
        {
            double key = row[_route[b]] - own;
            if (b != from && key < double.PositiveInfinity && key + g[from] - g[b] <= window)
            {
                list.Add((key, index, (from * Nodes) + b));
            }
        }
    }

    /// <summary>For a fixed sample of rows, the reduced cost of the cheapest other route.</summary>
    private double[] SampledSlacks()
    {
        RowSample sample = new(_losses.Rows, Math.Max(1, _losses.Rows / _sampleRows));
        double[] g = RoutePotentials();
        double[] slacks = new double[sample.Count];
        for (int r = 0; r < slacks.Length; r++)
        {
            _losses.CopyRow(sample.RowAt(r), _row);
            double first = double.PositiveInfinity, second = double.PositiveInfinity;
            for (int a = 0; a < Nodes; a++)
            {
                double value = _row[_route[a]] - g[a];
                second = Math.Min(second, Math.Max(first, value));
                first = Math.Min(first, value);
            }

            slacks[r] = second - first;
        }

        return slacks;
    }
}
