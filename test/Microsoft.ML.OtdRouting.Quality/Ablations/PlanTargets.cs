using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Transport;

namespace Microsoft.ML.OtdRouting.Quality.Ablations;

/// <summary>The entropic transport plan of the fitting rows, as a distribution over routes for every row.</summary>
/// <param name="Rows">Every row sums to one.</param>
/// <param name="Epsilon">ε of the plan, in units of the loss.</param>
/// <param name="Potentials">The plan's potentials g: a row is in proportion to <c>exp((g − L)/ε)</c>.</param>
internal sealed record PlanTargets(RouteTable Rows, double Epsilon, double[] Potentials)
{
    /// <summary>
    /// A fit of the plan as one of losses, up to a constant of the row: <c>L̂ = g − ε·ln π̂</c>. So prices mean the same as with a predictor of
    /// losses, and budgets other than the plan's can be met.
    /// </summary>
    public CrossFit ToLosses(CrossFit fit)
    {
        // A route that the plan must not use has no finite potential; its price keeps it out.
        var offsets = Array.ConvertAll(Potentials, g => double.IsFinite(g) ? (float)g : 0);
        var values = fit.HeldOut.Values.Select((v, i) => ((float)Epsilon * v) + offsets[i % offsets.Length]).ToArray();

        return fit with { Predictors = fit.Predictors.Select(p => p.Scale((float)Epsilon, offsets)).ToList(), HeldOut = new RouteTable(values, offsets.Length) };
    }

    /// <summary>Solves the transport of losses, halfway to the predicted ones where there is a predictor already.</summary>
    /// <param name="losses">Losses.</param>
    /// <param name="predicted">Predicted losses of held-out rows, up to a constant of the row; null in the first round.</param>
    /// <param name="routes">The routes.</param>
    /// <param name="prior">What is prescribed about the shares.</param>
    /// <param name="budget">Mean cost.</param>
    /// <param name="samplePrior">Weights of the rows, summing to one; null for equal ones.</param>
    /// <param name="smoothing">ε as a part of the distance between the least and the greatest loss.</param>
    /// <param name="cancellationToken">Stops the solver.</param>
    public static PlanTargets Solve(
        RouteTable losses,
        RouteTable? predicted,
        IReadOnlyList<Route> routes,
        RoutingPrior prior,
        double budget,
        double[]? samplePrior,
        double smoothing,
        CancellationToken cancellationToken)
    {
        var rows = losses.Rows;
        var range = losses.Values.Max() - losses.Values.Min();
        var epsilon = range > 0 ? smoothing * range : 1;
        var table = losses;
        if (predicted is not null)
        {
            // The plan moves towards what can be predicted. Losses, not logarithms of shares: these would carry the price of this budget along.
            table = new RouteTable(losses.Values.Zip(predicted.Values, (l, p) => (l + p) / 2).ToArray(), routes.Count);
        }

        var (costs, unit) = RouteTable.ScaleCosts(routes);
        var problem = prior.CreateProblem(table.ToLossTable(), costs, budget / unit, samplePrior);
        var solution = new SemiDualNewtonSolver { Epsilon = epsilon }.Solve(problem, null, cancellationToken);
        if (!solution.Converged)
        {
            throw new InvalidOperationException(
                $"The transport plan of the fitting rows was not solved: marginal error {solution.MarginalError:G3} after {solution.Iterations} iterations.");
        }

        var targets = new RouteTable(rows, routes.Count);
        var masses = new double[routes.Count];
        for (var row = 0; row < rows; row++)
        {
            solution.Plan.CopyRow(row, masses);
            var sum = masses.Sum();
            for (var k = 0; k < masses.Length; k++)
            {
                // A row without weight has no mass; what stands there does not matter.
                targets[row, k] = (float)(sum > 0 ? masses[k] / sum : 1.0 / masses.Length);
            }
        }

        return new PlanTargets(targets, epsilon, solution.RoutePotentials.ToArray());
    }
}
