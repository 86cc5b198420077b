using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting;

/// <summary>What is prescribed about the share of images that each route gets.</summary>
public abstract class RoutingPrior
{
    /// <summary>
    /// Only the mean cost is bound, by the budget; each route keeps a small share, which forbids collapse. The choice that loses least.
    /// </summary>
    /// <param name="floor">
    /// Least share of every route, at least 0 and below 1 / number of routes. Where the budget is too small for it, it shrinks to what
    /// the budget allows.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="floor"/> is outside [0, 1).</exception>
    public static RoutingPrior BudgetOnly(double floor = 0.002) => new BudgetOnlyPrior(floor);

    /// <summary>
    /// Fixed shares: of all distributions whose mean cost is the budget, the one closest to a base prior in Kullback–Leibler divergence.
    /// </summary>
    /// <param name="basePrior">One positive number a route, in ascending order of cost; null for the uniform distribution.</param>
    public static RoutingPrior Budget(IReadOnlyList<double>? basePrior = null) => new BudgetPrior(basePrior);

    /// <summary>Fixed shares, given; their mean cost takes the place of the budget.</summary>
    /// <param name="shares">One non-negative number a route, in ascending order of cost, summing to one.</param>
    public static RoutingPrior Explicit(IReadOnlyList<double> shares) => new ExplicitPrior(shares);

    /// <summary>The transport problem that this prior makes of a loss table.</summary>
    internal abstract TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior);

    private sealed class BudgetOnlyPrior : RoutingPrior
    {
        private readonly double _floor;

        public BudgetOnlyPrior(double floor)
        {
            if (!(floor >= 0 && floor < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(floor), floor, $"The floor is {floor}; it must be at least 0 and below 1.");
            }

            _floor = floor;
        }

        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior)
        {
            if (_floor * costs.Length >= 1 && costs.Length > 1)
            {
                throw new ArgumentOutOfRangeException(
                    "Prior", $"A floor of {_floor} for each of {costs.Length} routes leaves nothing to choose; it must be below {1.0 / costs.Length:G3}.");
            }

            var cheapest = costs.Min();
            var excess = costs.Sum(c => c - cheapest);
            // Half of what the budget leaves above the cheapest route may go into floors; the rest is there to be routed.
            var floor = excess > 0 ? Math.Min(_floor, 0.5 * (budget - cheapest) / excess) : 0;
            var floors = Enumerable.Repeat(floor, costs.Length).ToArray();
            return TransportProblem.WithBudget(losses, costs, budget, floors, samplePrior: samplePrior);
        }
    }

    private sealed class BudgetPrior(IReadOnlyList<double>? basePrior) : RoutingPrior
    {
        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior)
        {
            if (basePrior is not null && basePrior.Count != costs.Length)
            {
                throw new ArgumentException($"The base prior has {basePrior.Count} numbers; the router has {costs.Length} routes.", "Prior");
            }

            return TransportProblem.WithRoutePrior(losses, RoutePrior.ForBudget(costs, budget, basePrior?.ToArray()), samplePrior);
        }
    }

    private sealed class ExplicitPrior(IReadOnlyList<double> shares) : RoutingPrior
    {
        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior)
        {
            if (shares.Count != costs.Length)
            {
                throw new ArgumentException($"The route prior has {shares.Count} shares; the router has {costs.Length} routes.", "Prior");
            }

            return TransportProblem.WithRoutePrior(losses, shares.ToArray(), samplePrior);
        }
    }
}
