using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>The router against the largest resolution alone on the same images, by McNemar's exact test.</summary>
internal static class LargestTable
{
    public static void Write(Report report, ScoredFamily family, int[] fitting, int[] test, IReadOnlyList<double> budgets)
    {
        var router = new FittedFamily(family, family.Observe(fitting));
        var rows = router.Rows(family.Observe(test));
        var singles = rows.Plain;
        var largest = family.Scorers.Scorers.Count - 1;
        report.Table(
            ["budget", "cost", "routed %", "largest %", "right only routed", "right only largest", "p"],
            budgets.Select(budget =>
            {
                var (choices, outcomes, _) = router.Choose(rows, budget);
                int routed = 0, alone = 0, gained = 0, lost = 0;
                for (var row = 0; row < singles.Rows; row++)
                {
                    var (r, l) = (outcomes.Quality[row, choices[row]] > 0, singles.Quality[row, largest] > 0);
                    routed += r ? 1 : 0;
                    alone += l ? 1 : 0;
                    gained += r && !l ? 1 : 0;
                    lost += l && !r ? 1 : 0;
                }

                return new[]
                {
                    Report.Cost(budget), Report.Cost(choices.MeanCost / family.LargestCost), Report.Percent((double)routed / singles.Rows),
                    Report.Percent((double)alone / singles.Rows), $"{gained}", $"{lost}", $"{McNemar(gained, lost):0.000}",
                };
            }));
    }

    /// <summary>Two-sided: the probability, if both were as good, of a split of the differing images that is at least as uneven.</summary>
    private static double McNemar(int gained, int lost)
    {
        var n = gained + lost;
        double term = Math.Pow(0.5, n), sum = 0;
        for (var k = 0; k <= Math.Min(gained, lost); k++)
        {
            sum += term;
            term *= (double)(n - k) / (k + 1);
        }

        return Math.Min(1, 2 * sum);
    }
}
