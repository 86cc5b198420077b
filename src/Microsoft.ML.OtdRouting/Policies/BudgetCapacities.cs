using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Capacities for a mean cost: those of the window's own transport, under what is left of the budget. The cumulative cost ends at most one
/// dearest row below rows × mean cost, and not above it.
/// </summary>
internal sealed class BudgetCapacities : WindowCapacities
{
    private readonly ExactTransportSolver _solver = new() { Threads = 1 };
    private readonly RouteBounds _bounds;
    private readonly double[] _relativeCosts;
    private readonly double _unit;
    private readonly double _meanCost;
    private readonly double _costGap;
    private readonly int[] _ascending;
    private readonly int[] _descending;
    private double[] _shifted = [];

    /// <param name="costs">Cost of a row on every route.</param>
    /// <param name="meanCost">Mean cost of a row, within the range of the costs.</param>
    /// <param name="bounds">Floors and ceilings of the shares, over all windows together.</param>
    public BudgetCapacities(double[] costs, double meanCost, RouteBounds bounds)
        : base(costs)
    {
        _bounds = bounds;
        _unit = costs.Max();
        _meanCost = meanCost / _unit;
        _relativeCosts = Array.ConvertAll(costs, c => c / _unit);
        _ascending = Enumerable.Range(0, costs.Length).OrderBy(k => costs[k]).ToArray();
        _descending = Enumerable.Reverse(_ascending).ToArray();
        _costGap = _ascending.Zip(_ascending.Skip(1), (a, b) => _relativeCosts[b] - _relativeCosts[a]).Where(g => g > 1e-9).DefaultIfEmpty(1).Min();
    }

    protected override int[] Choose(LossTable losses, double? wanted)
    {
        var rows = losses.Rows;
        var target = (wanted / _unit ?? (Rows + rows) * _meanCost) - (UsedCost / _unit);
        var (floors, ceilings) = Limits(rows, target);
        var least = Extreme(floors, ceilings, rows, _ascending);
        var most = Extreme(floors, ceilings, rows, _descending);
        target = Math.Clamp(target, least, most);
        var problem = TransportProblem.WithBudget(
            Shift(losses),
            _relativeCosts,
            target / rows,
            Array.ConvertAll(floors, f => (double)f / rows),
            Array.ConvertAll(ceilings, c => (double)c / rows));
        var capacities = new int[_relativeCosts.Length];
        foreach (var route in _solver.Solve(problem).Plan.Assignment!)
        {
            capacities[route]++;
        }

        SpendRest(capacities, target);
        return capacities;
    }

    /// <summary>
    /// What every route must and may get for its shares over all windows. Rounding can make many floors fall due in one small window; then,
    /// or where they would break the budget, they wait: the budget comes first.
    /// </summary>
    private (int[] Floors, int[] Ceilings) Limits(int rows, double target)
    {
        var total = Rows + rows;
        var floors = new int[_relativeCosts.Length];
        var ceilings = new int[floors.Length];
        for (var k = 0; k < floors.Length; k++)
        {
            floors[k] = (int)Math.Clamp(Math.Floor(_bounds.Floors[k] * total) - Used(k), 0, rows);
            ceilings[k] = (int)Math.Clamp(Math.Ceiling(_bounds.Ceilings[k] * total) - Used(k), floors[k], rows);
        }

        if (floors.Sum() > rows || Extreme(floors, ceilings, rows, _ascending) > target || Extreme(floors, ceilings, rows, _descending) < target)
        {
            Array.Clear(floors);
        }

        if (ceilings.Sum(c => (long)c) < rows)
        {
            Array.Fill(ceilings, rows);
        }

        return (floors, ceilings);
    }

    /// <summary>Total cost when the rows that floors leave free fill the routes in an order.</summary>
    private double Extreme(int[] floors, int[] ceilings, int rows, int[] order)
    {
        var free = rows - floors.Sum();
        var cost = 0.0;
        foreach (var k in order)
        {
            var extra = Math.Clamp(free, 0, ceilings[k] - floors[k]);
            free -= extra;
            cost += (floors[k] + extra) * _relativeCosts[k];
        }

        return cost;
    }

    /// <summary>
    /// The window's losses minus a price per cost so high that dear routes always pay: this makes the transport spend the whole budget, and
    /// changes nothing else, since all plans of one cost shift by the same number.
    /// </summary>
    private LossTable Shift(LossTable losses)
    {
        var routes = losses.Routes;
        if (_shifted.Length < losses.Rows * routes)
        {
            _shifted = new double[losses.Rows * routes];
        }

        var price = 2 * (losses.Maximum - losses.Minimum) / _costGap;
        for (var row = 0; row < losses.Rows; row++)
        {
            for (var k = 0; k < routes; k++)
            {
                _shifted[(row * routes) + k] = losses[row, k] - (price * _relativeCosts[k]);
            }
        }

        return new LossTable(_shifted.AsMemory(0, losses.Rows * routes), losses.Rows, routes);
    }

    /// <summary>Rounding the rows that the plan splits can leave more than one row's cost: single rows go to dearer routes until it does not.</summary>
    private void SpendRest(int[] capacities, double target)
    {
        var rest = target - capacities.Zip(_relativeCosts, (n, c) => n * c).Sum();
        while (rest > 1)
        {
            var best = (From: -1, To: -1, Extra: 0.0);
            for (var from = 0; from < capacities.Length; from++)
            {
                for (var to = 0; to < capacities.Length; to++)
                {
                    var extra = _relativeCosts[to] - _relativeCosts[from];
                    if (capacities[from] > 0 && extra > best.Extra && extra <= rest)
                    {
                        best = (from, to, extra);
                    }
                }
            }

            if (best.From < 0)
            {
                return;
            }

            capacities[best.From]--;
            capacities[best.To]++;
            rest -= best.Extra;
        }
    }
}
