using Microsoft.ML.OtdRouting.Priors;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting;

/// <summary>What is prescribed about the share of images that each route gets.</summary>
public abstract class RoutingPrior
{
    private const double SumTolerance = 1e-6;

    /// <summary>
    /// Only the mean cost is bound, by the budget; each route keeps a small share, which forbids collapse. The choice that loses least.
    /// </summary>
    /// <param name="floor">
    /// Least share of every route, at least 0 and below 1 / number of routes. Where the budget is too small for it, it shrinks to what
    /// the budget allows.
    /// </param>
    /// <param name="ceilings">
    /// Greatest share of every route, from 0 to 1, in ascending order of cost, summing to one at least; null for none.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="floor"/> is outside [0, 1).</exception>
    /// <exception cref="ArgumentException">A ceiling is outside [0, 1], or their sum is below 1.</exception>
    public static RoutingPrior BudgetOnly(double floor = 0.002, IReadOnlyList<double>? ceilings = null) => new BudgetOnlyPrior(floor, ceilings?.ToArray());

    /// <summary>
    /// Fixed shares: of all distributions whose mean cost is the budget, the one closest to a base prior in Kullback–Leibler divergence.
    /// </summary>
    /// <param name="basePrior">
    /// One non-negative number a route, in ascending order of cost, of any positive sum: only their ratios count. Null for the uniform distribution.
    /// </param>
    /// <exception cref="ArgumentException">A number is negative or not finite, or all are zero.</exception>
    public static RoutingPrior Budget(IReadOnlyList<double>? basePrior = null)
    {
        if (basePrior is null)
        {
            return new BudgetPrior(null);
        }

        RequireRange(basePrior, "base prior", double.MaxValue, nameof(basePrior));
        var sum = basePrior.Sum();
        return sum > 0 && double.IsFinite(sum)
            ? new BudgetPrior(basePrior.Select(b => b / sum).ToArray())
            : throw new ArgumentException($"The base prior [{Text(basePrior)}] sums to {sum}; the sum must be positive.", nameof(basePrior));
    }

    /// <summary>Fixed shares, given; their mean cost takes the place of the budget.</summary>
    /// <param name="shares">One non-negative number a route, in ascending order of cost, summing to one (within 10⁻⁶).</param>
    /// <exception cref="ArgumentException">A share is negative or not finite, or they do not sum to one.</exception>
    public static RoutingPrior Explicit(IReadOnlyList<double> shares)
    {
        ArgumentNullException.ThrowIfNull(shares);
        RequireRange(shares, "route prior", 1, nameof(shares));
        var sum = shares.Sum();
        return Math.Abs(sum - 1) <= SumTolerance
            ? new ExplicitPrior(shares.Select(s => s / sum).ToArray())
            : throw new ArgumentException($"The route prior [{Text(shares)}] sums to {sum}; it must sum to 1.", nameof(shares));
    }

    /// <summary>Number of routes that the prior speaks of one by one; null when it fits any number.</summary>
    internal virtual int? RouteCount => null;

    /// <summary>Whether routes may be left out without changing what was asked for.</summary>
    internal virtual bool AllowsPruning => false;

    /// <summary>Whether a budget has a say in it.</summary>
    internal virtual bool HasBudget => true;

    /// <summary>Throws when the prior was given for another number of routes.</summary>
    internal void RequireRoutes(IReadOnlyList<Route> routes)
    {
        if (RouteCount is { } count && count != routes.Count)
        {
            throw new ArgumentException(
                $"The route prior has {count} numbers; the router has {routes.Count} routes: {string.Join(", ", routes.Select(r => r.Name))}.", "Prior");
        }
    }

    /// <summary>The transport problem that this prior makes of a loss table.</summary>
    /// <param name="losses">Losses.</param>
    /// <param name="costs">Cost of every route, in units of the dearest one.</param>
    /// <param name="budget">Mean cost, in the same unit.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    internal abstract TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior);

    /// <summary>The prior as what it was made of.</summary>
    internal abstract RoutingPriorForm ToForm();

    /// <summary>Makes a prior of what it was made of.</summary>
    /// <exception cref="ArgumentException">It is of an unknown kind, or its numbers make none.</exception>
    internal static RoutingPrior Of(RoutingPriorForm form) => form.Kind switch
    {
        nameof(BudgetOnly) => BudgetOnly(form.Floor, form.Numbers),
        nameof(Budget) => Budget(form.Numbers),
        nameof(Explicit) => Explicit(form.Numbers!),
        _ => throw new ArgumentException($"The route prior is of an unknown kind, '{form.Kind}'."),
    };

    private static void RequireRange(IReadOnlyList<double> values, string what, double most, string name)
    {
        for (var k = 0; k < values.Count; k++)
        {
            if (!(values[k] >= 0 && values[k] <= most))
            {
                throw new ArgumentException(
                    $"The {what} [{Text(values)}] has {values[k]} at position {k}; every number must be {(most == 1 ? "from 0 to 1" : "finite and at least 0")}.", name);
            }
        }
    }

    private static string Text(IEnumerable<double> values) => string.Join(", ", values);

    private sealed class BudgetOnlyPrior : RoutingPrior
    {
        private const double MaxShareOfBudget = 0.02;

        private readonly double _floor;
        private readonly double[]? _ceilings;

        public BudgetOnlyPrior(double floor, double[]? ceilings)
        {
            if (!(floor >= 0 && floor < 1))
            {
                throw new ArgumentOutOfRangeException(nameof(floor), floor, $"The floor is {floor}; it must be at least 0 and below 1.");
            }

            if (ceilings is not null)
            {
                RequireRange(ceilings, "list of ceilings", 1, nameof(ceilings));
                if (ceilings.Sum() < 1 - SumTolerance)
                {
                    throw new ArgumentException($"The ceilings [{Text(ceilings)}] sum to {ceilings.Sum()}; the sum must be at least 1.", nameof(ceilings));
                }
            }

            _floor = floor;
            _ceilings = ceilings;
        }

        internal override int? RouteCount => _ceilings?.Length;

        internal override bool AllowsPruning => _ceilings is null;

        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior)
        {
            if (_floor * costs.Length >= 1 && costs.Length > 1)
            {
                throw new ArgumentOutOfRangeException(
                    "Prior", $"A floor of {_floor} for each of {costs.Length} routes leaves nothing to choose; it must be below {1.0 / costs.Length:G3}.");
            }

            var ceilings = _ceilings ?? Enumerable.Repeat(1.0, costs.Length).ToArray();
            var least = LeastCost(costs, ceilings);
            if (budget < least * (1 - 1e-12))
            {
                throw new ArgumentOutOfRangeException(
                    "Budget", $"The ceilings [{Text(ceilings)}] force a mean cost of {least:P1} of the dearest route's; the budget is {budget:P1} of it.");
            }

            var excess = costs.Sum(c => Math.Max(0, c - least));
            // A small part of what the budget leaves above the cheapest shares may go into floors; the rest is there to be routed.
            var floor = excess > 0 ? Math.Min(_floor, MaxShareOfBudget * Math.Max(0, budget - least) / excess) : 0;
            var floors = Array.ConvertAll(ceilings, u => Math.Min(floor, u));
            return TransportProblem.WithBudget(losses, costs, budget, floors, ceilings, samplePrior);
        }

        internal override RoutingPriorForm ToForm() => new(nameof(BudgetOnly), _floor, _ceilings);

        private static double LeastCost(double[] costs, double[] ceilings)
        {
            double rest = 1, cost = 0;
            foreach (var k in Enumerable.Range(0, costs.Length).OrderBy(k => costs[k]))
            {
                var share = Math.Min(rest, ceilings[k]);
                cost += share * costs[k];
                rest -= share;
            }

            return cost;
        }
    }

    private sealed class BudgetPrior(double[]? basePrior) : RoutingPrior
    {
        internal override int? RouteCount => basePrior?.Length;

        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior) =>
            TransportProblem.WithRoutePrior(losses, RoutePrior.ForBudget(costs, budget, basePrior), samplePrior);

        internal override RoutingPriorForm ToForm() => new(nameof(Budget), 0, basePrior);
    }

    private sealed class ExplicitPrior(double[] shares) : RoutingPrior
    {
        internal override int? RouteCount => shares.Length;

        internal override bool HasBudget => false;

        internal override TransportProblem CreateProblem(LossTable losses, double[] costs, double budget, double[]? samplePrior) =>
            TransportProblem.WithRoutePrior(losses, shares, samplePrior);

        internal override RoutingPriorForm ToForm() => new(nameof(Explicit), 0, shares);
    }
}
