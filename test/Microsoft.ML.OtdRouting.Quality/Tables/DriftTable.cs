using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>
/// A stream on which easy and hard images alternate, with and without the controller, and what the controller costs where nothing changes.
/// </summary>
internal static class DriftTable
{
    /// <summary>Rows of the stream.</summary>
    private const int StreamRows = 50_000;

    /// <summary>Rows until easy images follow on hard ones, or the other way about.</summary>
    private const int Stretch = 2_000;

    /// <summary>Rows over which the mean cost is taken.</summary>
    private const int MeanOver = 5_000;

    private const int WindowSize = 256;

    private static readonly BudgetEnforcement[] Enforcements = [BudgetEnforcement.Calibrated, BudgetEnforcement.PerWindow, BudgetEnforcement.Controlled];

    /// <summary>What the tables of the stream are.</summary>
    public static void Explain(Report report) => report.Text(
        $"The stream has {StreamRows:N0} rows: {Stretch:N0} from the easier half of the test images, {Stretch:N0} from the harder half, and so on; each half in random order, and again when it is " +
        "through. Easy is what has a low predicted loss on the cheapest route, so that the halves differ in what the router sees. The first table has, over all stretches of " +
        $"{MeanOver:N0} consecutive rows after the first {Stretch:N0}, the lowest and the highest mean cost, in per cent off the budget, and the accuracy over the whole stream. Windows of {WindowSize} rows.");

    /// <summary>The alternating stream.</summary>
    public static void WriteAlternating(Report report, ScoredFamily family, int[] fitting, int[] test, IReadOnlyList<double> budgets)
    {
        var router = new FittedFamily(family, family.Observe(fitting));
        var order = Alternate(router, router.Rows(family.Observe(test)));
        var stream = router.Rows(family.Observe(order.Select(i => test[i])));
        var rows = new List<string[]>();
        foreach (var budget in budgets)
        {
            var mix = router.At(budget);
            var outcomes = stream.Outcomes(mix);
            foreach (var enforcement in Enforcements)
            {
                var chosen = stream.Choose(mix, enforcement, WindowSize);
                var (lowest, highest) = Deviations(Array.ConvertAll(chosen, k => mix.Policy.Routes[k].Cost / mix.Policy.MeanCost));
                rows.Add([
                    Report.Cost(budget), $"{enforcement}", Report.Signed(100 * lowest, 2), Report.Signed(100 * highest, 2),
                    Report.Percent(outcomes.Quality.Mean(chosen))]);
            }
        }

        report.Table(["budget", "enforcement", "lowest mean cost, % off the budget", "highest", "accuracy %"], rows);
    }

    /// <summary>What the controller costs on random splits, whose test rows are like the fitting rows.</summary>
    public static void WriteExchangeable(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        var differences = budgets.Select(_ => Enforcements.Select(_ => new Sample()).ToArray()).ToArray();
        var costs = budgets.Select(_ => Enforcements.Select(_ => new Sample()).ToArray()).ToArray();
        foreach (var (fitting, test) in splits)
        {
            var router = new FittedFamily(family, family.Observe(fitting));
            var rows = router.Rows(family.Observe(test));
            for (var b = 0; b < budgets.Count; b++)
            {
                var mix = router.At(budgets[b]);
                var quality = rows.Outcomes(mix).Quality;
                var plain = quality.Mean(rows.Choose(mix, BudgetEnforcement.Calibrated, WindowSize));
                for (var e = 0; e < Enforcements.Length; e++)
                {
                    var chosen = rows.Choose(mix, Enforcements[e], WindowSize);
                    differences[b][e].Add(quality.Mean(chosen) - plain);
                    costs[b][e].Add(Math.Abs((chosen.Average(k => mix.Policy.Routes[k].Cost) / mix.Policy.MeanCost) - 1));
                }
            }
        }

        report.Table(
            ["budget", .. Enforcements.Select(e => $"{e}: points of accuracy"), .. Enforcements.Select(e => $"{e}: mean % off the budget")],
            budgets.Select((b, i) => new[] { Report.Cost(b) }
                .Concat(differences[i].Select(d => d.ToPoints()))
                .Concat(costs[i].Select(c => Report.Percent(c.Mean)))
                .ToArray()));
    }

    /// <summary>Rows of the stream: the easier half of the test rows and the harder half in turn, each in random order and again when it is through.</summary>
    private static int[] Alternate(FittedFamily router, Evaluation.ComparedRows rows)
    {
        var byLoss = ByPredictedLoss(router, rows);
        int[][] halves = [byLoss[..(byLoss.Length / 2)], byLoss[(byLoss.Length / 2)..]];
        var random = new Random(1);
        var order = new int[StreamRows];
        var next = new int[halves.Length];
        for (var row = 0; row < order.Length; row++)
        {
            var half = row / Stretch % 2;
            if (next[half] % halves[half].Length == 0)
            {
                random.Shuffle(halves[half]);
            }

            order[row] = halves[half][next[half]++ % halves[half].Length];
        }

        return order;
    }

    /// <summary>Rows from the easiest to the hardest, by the predicted loss of the cheapest route.</summary>
    public static int[] ByPredictedLoss(FittedFamily router, Evaluation.ComparedRows rows)
    {
        var whole = router.Fitted.Whole;
        var features = rows.Features(whole);
        var losses = new float[whole.Routes.Count];
        return Enumerable.Range(0, rows.Rows.Rows).OrderBy(row =>
        {
            whole.Predictors[features.Fold(row)].Predict(features.Row(row), losses);
            return losses[0];
        }).ToArray();
    }

    /// <summary>How far the mean of any stretch is off 1, once the first rows are over.</summary>
    private static (double Lowest, double Highest) Deviations(double[] costs)
    {
        var sums = new double[costs.Length + 1];
        for (var row = 0; row < costs.Length; row++)
        {
            sums[row + 1] = sums[row] + costs[row];
        }

        var means = Enumerable.Range(Stretch, costs.Length - Stretch - MeanOver + 1).Select(start => ((sums[start + MeanOver] - sums[start]) / MeanOver) - 1).ToArray();
        return (means.Min(), means.Max());
    }
}
