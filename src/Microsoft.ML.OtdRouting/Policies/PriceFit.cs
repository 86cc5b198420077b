using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Sets route prices by exact optimal transport between held-out predictions and the route prior.</summary>
internal static class PriceFit
{
    /// <summary>Solves the transport on held-out predicted losses; its potentials are the prices.</summary>
    /// <param name="heldOut">Predicted losses, each by a predictor that has not seen the row.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="prior">What is prescribed about the shares.</param>
    /// <param name="budget">Mean cost.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    /// <param name="cancellationToken">Stops the solver.</param>
    public static PriceCalibration Solve(
        RouteTable heldOut,
        IReadOnlyList<Route> routes,
        RoutingPrior prior,
        double budget,
        double[]? samplePrior,
        CancellationToken cancellationToken)
    {
        var (costs, unit) = RouteTable.ScaleCosts(routes);
        var problem = prior.CreateProblem(heldOut.ToLossTable(), costs, budget / unit, samplePrior);
        var solution = new ExactTransportSolver().Solve(problem, null, cancellationToken);
        if (!solution.Converged)
        {
            throw new InvalidOperationException(
                $"The transport problem of the route prices was not solved: marginal error {solution.MarginalError:G3} after {solution.Iterations} iterations.");
        }

        var shares = solution.Shares.ToArray();
        var mean = costs.Zip(shares, (c, s) => c * s).Sum();
        var variance = costs.Zip(shares, (c, s) => s * (c - mean) * (c - mean)).Sum();
        return new PriceCalibration(
            Array.ConvertAll(solution.RoutePotentials.ToArray(), g => (float)g),
            shares,
            problem.HasBudget ? budget : mean * unit,
            mean * unit,
            Math.Sqrt(variance) * unit,
            problem.HasBudget ? solution.BudgetPrice / unit : double.NaN,
            EffectiveRows(heldOut.Rows, samplePrior))
        {
            Bounds = problem.HasBudget ? new RouteBounds(problem.Floors.ToArray(), problem.Ceilings.ToArray()) : null,
        };
    }

    /// <summary>What is to be said where there is one route: no price is needed.</summary>
    /// <param name="route">The route.</param>
    /// <param name="rows">Number of fitting rows.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    public static PriceCalibration OfOne(Route route, int rows, double[]? samplePrior) =>
        new([0], [1], route.Cost, route.Cost, 0, 0, EffectiveRows(rows, samplePrior)) { Bounds = new RouteBounds([0], [1]) };

    /// <summary>Weighted rows tell as much of a mean as <c>1 / Σ a²</c> equal ones (Kish 1965, "Survey Sampling").</summary>
    private static int EffectiveRows(int rows, double[]? samplePrior) =>
        samplePrior is null ? rows : Math.Max(1, (int)Math.Round(1 / samplePrior.Sum(a => a * a)));
}
