using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Transport;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>How <c>otd transport</c> shows a solution.</summary>
internal static class TransportReport
{
    /// <summary>The object of <c>--json</c>; a dual of −∞ (a route that must not be used) is null.</summary>
    public static JsonObject Json(string solver, double epsilon, TransportProblem problem, TransportSolution solution) => new()
    {
        ["solver"] = solver,
        ["n"] = problem.Losses.Rows,
        ["k"] = problem.Losses.Routes,
        ["epsilon"] = epsilon,
        ["value"] = ToolConsole.Number(solution.Value),
        ["objective"] = ToolConsole.Number(solution.Objective),
        ["dualValue"] = ToolConsole.Number(solution.DualValue),
        ["marginalError"] = ToolConsole.Number(solution.MarginalError),
        ["iterations"] = solution.Iterations,
        ["converged"] = solution.Converged,
        ["seconds"] = solution.Elapsed.TotalSeconds,
        ["routePrior"] = problem.HasBudget ? null : ToolConsole.Numbers(problem.RoutePrior),
        ["shares"] = ToolConsole.Numbers(solution.Shares),
        ["duals"] = ToolConsole.Numbers(solution.RoutePotentials),
        ["meanCost"] = ToolConsole.Number(solution.MeanCost),
        ["budgetPrice"] = problem.HasBudget ? ToolConsole.Number(solution.BudgetPrice) : null,
    };

    /// <summary>The same for people.</summary>
    public static void Print(IAnsiConsole console, string solver, double epsilon, TransportProblem problem, TransportSolution solution)
    {
        string state = solution.Converged ? "converged" : "NOT converged";
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{solver}, {problem.Losses.Rows} samples × {problem.Losses.Routes} routes, epsilon {epsilon:g4}: {state} in {solution.Iterations} iterations, {solution.Elapsed.TotalSeconds:f3} s"));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"value {solution.Value:g10}, objective {solution.Objective:g10}, dual {solution.DualValue:g10}, marginal error {solution.MarginalError:e1}"));
        if (double.IsFinite(solution.MeanCost))
        {
            string price = problem.HasBudget ? string.Create(CultureInfo.InvariantCulture, $", budget {problem.Budget:g6}, price {solution.BudgetPrice:g6}") : "";
            console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"mean cost {solution.MeanCost:g6}{price}"));
        }

        Table table = new Table().AddColumns("route", "share", "dual");
        for (int k = 0; k < problem.Losses.Routes; k++)
        {
            table.AddRow(
                k.ToString(CultureInfo.InvariantCulture),
                solution.Shares[k].ToString("f6", CultureInfo.InvariantCulture),
                solution.RoutePotentials[k].ToString("g8", CultureInfo.InvariantCulture));
        }

        console.Write(table);
    }

    /// <summary>argmin_k L_ik − g_k, ties to the lower route: the assignment of a plan that is not integral.</summary>
    public static int[] HardRouting(LossTable losses, ReadOnlySpan<double> potentials)
    {
        int[] routes = new int[losses.Rows];
        double[] row = new double[losses.Routes];
        for (int i = 0; i < routes.Length; i++)
        {
            losses.CopyRow(i, row);
            double least = double.PositiveInfinity;
            for (int k = 0; k < row.Length; k++)
            {
                if (row[k] - potentials[k] < least)
                {
                    (least, routes[i]) = (row[k] - potentials[k], k);
                }
            }
        }

        return routes;
    }
}
