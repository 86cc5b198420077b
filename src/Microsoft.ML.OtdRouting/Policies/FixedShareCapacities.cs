using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Capacities for fixed shares: the counts of all windows together stay within about one row of shares × rows, and their cost within one
/// dearest row of what the shares cost.
/// </summary>
internal sealed class FixedShareCapacities(double[] costs, double[] shares) : WindowCapacities(costs)
{
    private readonly double _meanCost = costs.Zip(shares, (c, s) => c * s).Sum();
    private readonly double[] _due = new double[costs.Length];

    protected override int[] Choose(LossTable losses, double? target)
    {
        var total = Rows + losses.Rows;
        var capacities = new int[Costs.Length];
        var rest = losses.Rows;
        for (var k = 0; k < capacities.Length; k++)
        {
            _due[k] = (shares[k] * total) - Used(k);
            capacities[k] = (int)Math.Clamp(Math.Floor(_due[k]), 0, rest);
            rest -= capacities[k];
        }

        for (; rest > 0; rest--)
        {
            capacities[MostDue(capacities)]++;
        }

        KeepCost(capacities, (_meanCost * total) - UsedCost);
        return capacities;
    }

    private int MostDue(int[] capacities)
    {
        var best = -1;
        for (var k = 0; k < capacities.Length; k++)
        {
            if (shares[k] > 0 && (best < 0 || _due[k] - capacities[k] > _due[best] - capacities[best]))
            {
                best = k;
            }
        }

        return best;
    }

    /// <summary>Rounding errors of several routes can add up to more than one row's cost: moves single rows between routes until they do not.</summary>
    private void KeepCost(int[] capacities, double target)
    {
        var error = capacities.Zip(Costs, (n, c) => n * c).Sum() - target;
        var limit = Costs.Max() / 2;
        while (Math.Abs(error) > limit)
        {
            var best = (From: -1, To: -1, Error: Math.Abs(error));
            for (var from = 0; from < capacities.Length; from++)
            {
                for (var to = 0; to < capacities.Length; to++)
                {
                    var after = Math.Abs(error + Costs[to] - Costs[from]);
                    // A route that has less than its share gives nothing, one that has more takes nothing.
                    if (capacities[from] > 0 && capacities[from] > _due[from] && capacities[to] < _due[to] && after < best.Error)
                    {
                        best = (from, to, after);
                    }
                }
            }

            if (best.From < 0)
            {
                return;
            }

            capacities[best.From]--;
            capacities[best.To]++;
            error += Costs[best.To] - Costs[best.From];
        }
    }
}
