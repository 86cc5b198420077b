using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>
/// Rows decided one by one beside rows assigned by window: accuracy, how far the running cost strays, and how far the shares are from a fixed prior.
/// </summary>
internal static class EnforcementTable
{
    private const int WindowSize = 256;
    private const int QuantileDraws = 4_000;

    public static void Write(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        var rows = new List<string[]>();
        foreach (var (priorName, prior) in new[] { ("budget only", RoutingPrior.BudgetOnly()), ("fixed shares", RoutingPrior.Budget()) })
        {
            foreach (var budget in budgets)
            {
                foreach (var enforcement in new[] { BudgetEnforcement.Calibrated, BudgetEnforcement.PerWindow })
                {
                    rows.Add([priorName, Report.Cost(budget), $"{enforcement}", .. Measure(family, splits, budget, prior, enforcement)]);
                }
            }

            Progress.Write($"{family.Name}: enforcement with {priorName}.");
        }

        report.Table(
            ["prior", "budget", "enforcement", "accuracy %", "largest stray after a window, in dearest rows", "largest total variation", "its 99.9 % quantile", "unused routes of 5 % and more"],
            rows);
    }

    private static IEnumerable<string> Measure(
        ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, double budget, RoutingPrior prior, BudgetEnforcement enforcement)
    {
        var accuracy = new Sample();
        var stray = new Sample();
        double variation = 0, quantile = 0;
        var unused = 0;
        foreach (var (fitting, test) in splits)
        {
            var router = new FittedFamily(family, family.Observe(fitting), prior: prior);
            var compared = router.Rows(family.Observe(test));
            var mix = router.At(budget);
            var chosen = compared.Choose(mix, enforcement, WindowSize);
            var largest = Stray(chosen, mix.Policy.Routes, mix.Policy.MeanCost);
            accuracy.Add(compared.Outcomes(mix).Quality.Mean(chosen));
            stray.Add(largest);
            var shares = mix.Policy.Shares;
            var counts = new int[shares.Length];
            Array.ForEach(chosen, k => counts[k]++);
            variation = Math.Max(variation, 0.5 * shares.Select((s, k) => Math.Abs(s - ((double)counts[k] / chosen.Length))).Sum());
            quantile = Math.Max(quantile, Quantile(shares, fitting.Length, chosen.Length));
            unused += shares.Where((s, k) => s >= 0.05 && counts[k] == 0).Count();
        }

        return [Report.Percent(accuracy.Mean), $"{stray.Largest:0.00}", $"{variation:0.0000}", $"{quantile:0.0000}", $"{unused}"];
    }

    /// <summary>The largest distance of the running cost from rows × mean cost after a whole window, in costs of the dearest route.</summary>
    private static double Stray(int[] chosen, IReadOnlyList<Route> routes, double meanCost)
    {
        double cost = 0, stray = 0;
        for (var row = 0; row < chosen.Length; row++)
        {
            cost += routes[chosen[row]].Cost;
            stray = (row + 1) % WindowSize == 0 ? Math.Max(stray, Math.Abs(cost - ((row + 1) * meanCost)) / routes[^1].Cost) : stray;
        }

        return stray;
    }

    /// <summary>99.9 % quantile of the total variation between the shares of two samples from the same shares: those of the fit and those of the test.</summary>
    private static double Quantile(double[] shares, int fitted, int tested)
    {
        var random = new Random(7);
        var draws = Enumerable.Range(0, QuantileDraws).Select(_ =>
        {
            var (a, b) = (Draw(random, shares, fitted), Draw(random, shares, tested));
            return 0.5 * a.Zip(b, (x, y) => Math.Abs(x - y)).Sum();
        }).Order().ToArray();
        return draws[(int)(0.999 * QuantileDraws)];
    }

    /// <summary>Shares of a sample: normal approximations of the binomial counts, route after route of what is left.</summary>
    private static double[] Draw(Random random, double[] shares, int rows)
    {
        var drawn = new double[shares.Length];
        double left = rows, mass = 1;
        for (var k = 0; k < shares.Length; k++)
        {
            var p = k == shares.Length - 1 ? 1 : Math.Clamp(shares[k] / mass, 0, 1);
            var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            drawn[k] = Math.Clamp(Math.Round((left * p) + (normal * Math.Sqrt(left * p * (1 - p)))), 0, left);
            left -= drawn[k];
            mass = Math.Max(1e-12, mass - shares[k]);
        }

        return drawn.Select(d => d / rows).ToArray();
    }
}
