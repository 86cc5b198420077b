using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>How many rows of each window every route gets: whole numbers, with what rounding leaves carried to the next window.</summary>
internal abstract class WindowCapacities(double[] costs)
{
    private readonly long[] _used = new long[costs.Length];
    private double _usedCost;

    /// <summary>Cost of a row on every route.</summary>
    protected double[] Costs => costs;

    /// <summary>Rows of all windows so far.</summary>
    protected long Rows { get; private set; }

    /// <summary>Cost of all windows so far.</summary>
    public double UsedCost => _usedCost;

    /// <summary>Rows that a route got so far.</summary>
    protected long Used(int route) => _used[route];

    /// <summary>The capacities of the next window; they sum to its rows.</summary>
    /// <param name="losses">Losses of the window's rows.</param>
    /// <param name="target">What all windows together, with this one, are to cost; null for what the rows are due.</param>
    public int[] Next(LossTable losses, double? target = null)
    {
        var capacities = Choose(losses, target);
        Rows += losses.Rows;
        _usedCost = 0;
        for (var k = 0; k < costs.Length; k++)
        {
            _used[k] += capacities[k];
            _usedCost += _used[k] * costs[k];
        }

        return capacities;
    }

    protected abstract int[] Choose(LossTable losses, double? target);
}
