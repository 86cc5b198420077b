using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>
/// Finds the routes that a router does better without. A route stays if, at some price of cost, the rows that choose it (by their held-out
/// predicted losses) would truly lose something by its absence.
/// </summary>
/// <remarks>
/// The price of cost runs over all that a budget can lead to. At a price λ every row takes the route of least <c>ℓ̂ + λc</c>, and what counts is
/// the mean of <c>L + λc</c> with the true loss L. Of the routes whose absence costs no more than a tolerance at any price, the one whose absence
/// is best goes first, and the rest are looked at again. The cheapest and the dearest route always stay: they bound the budgets that are feasible.
/// </remarks>
internal sealed class RoutePruning
{
    /// <summary>A loss of this part of the distance between the best and the worst route's mean loss is none.</summary>
    private const double Tolerance = 1e-3;

    /// <summary>More rows than this do not change the verdict.</summary>
    private const int MaxRows = 50_000;

    private readonly RouteTable _predicted;
    private readonly RouteTable _losses;
    private readonly double[]? _weights;
    private readonly double[] _costs;
    private readonly int _rows;
    private readonly bool[] _kept;
    private readonly List<string> _reasons = [];

    private RoutePruning(RouteTable predicted, RouteTable losses, double[]? weights, IReadOnlyList<Route> routes)
    {
        _predicted = predicted;
        _losses = losses;
        _weights = weights;
        _costs = RouteTable.ScaleCosts(routes).Costs;
        _rows = Math.Min(losses.Rows, MaxRows);
        _kept = Enumerable.Repeat(true, routes.Count).ToArray();
    }

    /// <summary>Decides which routes stay.</summary>
    /// <param name="predicted">Predicted losses, each by a predictor that has not seen the row.</param>
    /// <param name="losses">True losses.</param>
    /// <param name="weights">Weights of the rows; null for equal ones.</param>
    /// <param name="routes">The routes, in ascending order of cost.</param>
    /// <returns>Indices of the routes that stay, ascending, and why each of the others went.</returns>
    public static (IReadOnlyList<int> Kept, IReadOnlyList<string> Reasons) Decide(
        RouteTable predicted, RouteTable losses, double[]? weights, IReadOnlyList<Route> routes)
    {
        var pruning = new RoutePruning(predicted, losses, weights, routes);
        pruning.Run(routes);
        return (Enumerable.Range(0, routes.Count).Where(k => pruning._kept[k]).ToList(), pruning._reasons);
    }

    private void Run(IReadOnlyList<Route> routes)
    {
        var means = Enumerable.Range(0, _costs.Length).Select(MeanLoss).ToArray();
        var range = means.Max() - means.Min();
        var prices = Prices(range);
        while (_kept.Count(k => k) > 2)
        {
            var (absence, used) = Absence(prices);
            var worst = Enumerable.Range(1, _costs.Length - 2).Where(k => _kept[k]).MinBy(k => absence[k]);
            if (absence[worst] > Tolerance * range)
            {
                return;
            }

            _kept[worst] = false;
            _reasons.Add($"Route {routes[worst].Name} is left out: " + (!used[worst]
                ? "no image chooses it at any price."
                : absence[worst] > 0
                    ? $"without it the held-out loss, cost included, is at most {absence[worst]:G3} higher at any price."
                    : "without it the held-out loss, cost included, is no higher at any price."));
        }
    }

    private double MeanLoss(int route)
    {
        double sum = 0, total = 0;
        for (var row = 0; row < _rows; row++)
        {
            sum += Weight(row) * _losses[row, route];
            total += Weight(row);
        }

        return sum / total;
    }

    /// <summary>Prices from one at which cost hardly counts to one at which it is all that counts.</summary>
    private static double[] Prices(double range) => [0, .. Enumerable.Range(-9, 14).Select(e => range * Math.Pow(2, e))];

    /// <summary>For every route: how much more the rows pay without it, at the price where that is most; and whether any row uses it.</summary>
    private (double[] Absence, bool[] Used) Absence(double[] prices)
    {
        var absence = new double[_costs.Length];
        var used = new bool[_costs.Length];
        Array.Fill(absence, double.NegativeInfinity);
        var extra = new double[_costs.Length];
        foreach (var price in prices)
        {
            Array.Clear(extra);
            var total = 0.0;
            for (var row = 0; row < _rows; row++)
            {
                var (first, second) = BestTwo(row, price);
                var weight = Weight(row);
                total += weight;
                extra[first] += weight * (Paid(row, second, price) - Paid(row, first, price));
                used[first] = true;
            }

            for (var k = 0; k < extra.Length; k++)
            {
                absence[k] = Math.Max(absence[k], extra[k] / total);
            }
        }

        return (absence, used);
    }

    private (int First, int Second) BestTwo(int row, double price)
    {
        int first = -1, second = -1;
        double best = 0, next = 0;
        for (var k = 0; k < _costs.Length; k++)
        {
            if (!_kept[k])
            {
                continue;
            }

            var value = _predicted[row, k] + (price * _costs[k]);
            if (first < 0 || value < best)
            {
                (second, next) = (first, best);
                (first, best) = (k, value);
            }
            else if (second < 0 || value < next)
            {
                (second, next) = (k, value);
            }
        }

        return (first, second);
    }

    private double Paid(int row, int route, double price) => _losses[row, route] + (price * _costs[route]);

    private double Weight(int row) => _weights?[row] ?? 1;
}
