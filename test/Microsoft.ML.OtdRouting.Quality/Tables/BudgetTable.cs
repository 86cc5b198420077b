using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>How well the budget is met by rows that are decided one by one.</summary>
internal static class BudgetTable
{
    public static void Write(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        var errors = budgets.Select(_ => new Sample()).ToArray();
        var standardised = budgets.Select(_ => new Sample()).ToArray();
        for (var s = 0; s < splits.Count; s++)
        {
            var router = new FittedFamily(family, family.Observe(splits[s].Fitting));
            var rows = router.Rows(family.Observe(splits[s].Test));
            for (var i = 0; i < budgets.Count; i++)
            {
                var (choices, outcomes, calibration) = router.Choose(rows, budgets[i]);
                errors[i].Add((choices.MeanCost / calibration.Budget) - 1);
                standardised[i].Add((choices.MeanCost - calibration.Budget) / calibration.StandardError(outcomes.Rows));
            }

            if (s % 25 == 24)
            {
                Progress.Write($"{family.Name}: budgets on split {s + 1} of {splits.Count}.");
            }
        }

        report.Table(
            ["budget", "mean error", "standard deviation", "largest error", "within 3 standard errors", "deviation in standard errors"],
            budgets.Select((b, i) => new[]
            {
                Report.Cost(b), $"{Report.Signed(100 * errors[i].Mean, 2)} %", $"{100 * errors[i].Deviation:0.00} %",
                $"{100 * errors[i].Largest:0.00} %", $"{100 * standardised[i].ShareOf(z => Math.Abs(z) <= 3):0.0} %",
                $"{standardised[i].Deviation:0.00}",
            }));
    }
}
