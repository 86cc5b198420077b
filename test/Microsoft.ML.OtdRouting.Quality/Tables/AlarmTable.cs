using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>How often drift alarms are false, and after how many rows they find a drift.</summary>
internal static class AlarmTable
{
    private const int WindowSize = 256;

    private static readonly double[] Rates = [0.01, 0.1];

    /// <summary>False alarms: every stream is the test rows of a random split, for which a router of its own is fitted.</summary>
    public static void WriteFalse(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        var alarms = budgets.Select(_ => Rates.Select(_ => new int[4]).ToArray()).ToArray();
        for (var s = 0; s < splits.Count; s++)
        {
            var router = new FittedFamily(family, family.Observe(splits[s].Fitting));
            var rows = router.Rows(family.Observe(splits[s].Test));
            for (var b = 0; b < budgets.Count; b++)
            {
                for (var r = 0; r < Rates.Length; r++)
                {
                    var raised = Watch(router, rows, budgets[b], Rates[r]);
                    alarms[b][r][0] += raised.Count > 0 ? 1 : 0;
                    raised.ForEach(a => alarms[b][r][1 + (int)a.Statistic]++);
                }
            }

            if (s % 20 == 19)
            {
                Progress.Write($"{family.Name}: stream {s + 1} of {splits.Count}.");
            }
        }

        report.Table(
            ["budget", "rate", "streams", "allowed", "streams with an alarm", .. Enum.GetNames<DriftStatistic>()],
            budgets.SelectMany((budget, b) => Rates.Select((rate, r) => new[] { Report.Cost(budget), $"{rate}", $"{splits.Count}", $"{rate * splits.Count:0}" }
                .Concat(alarms[b][r].Select(n => $"{n}")).ToArray())));
    }

    /// <summary>Rows until an alarm, of streams whose rows are drawn from the harder or the easier part of the test rows from some row on.</summary>
    public static void WriteDelays(Report report, ScoredFamily family, int[] fitting, int[] test, double budget, IReadOnlyList<double> parts)
    {
        const int Before = 3_000;
        var router = new FittedFamily(family, family.Observe(fitting));
        var byLoss = DriftTable.ByPredictedLoss(router, router.Rows(family.Observe(test)));
        var rows = new List<string[]>();
        foreach (var part in parts)
        {
            var count = (int)(Math.Abs(part) * byLoss.Length);
            var drifted = part > 0 ? byLoss[^count..] : byLoss[..count];
            var order = byLoss.ToArray();
            new Random(2).Shuffle(order);
            new Random(3).Shuffle(drifted);
            var stream = router.Rows(family.Observe(order[..Before].Concat(drifted.Except(order[..Before])).Select(i => test[i])));
            var raised = Watch(router, stream, budget, Rates[0]);
            rows.Add([
                $"the {(part > 0 ? "hardest" : "easiest")} {100 * Math.Abs(part):0} %", $"{stream.Rows.Rows - Before}",
                .. Enum.GetValues<DriftStatistic>().Select(s => raised.Find(a => a.Statistic == s) is { } alarm ? $"{alarm.Rows - Before}" : "none"),
            ]);
        }

        report.Table(["the stream goes on with", "rows", .. Enum.GetNames<DriftStatistic>().Select(s => $"{s}: alarm after")], rows);
    }

    private static List<DriftEventArgs> Watch(FittedFamily router, Evaluation.ComparedRows rows, double budget, double rate)
    {
        var (mix, raised) = (router.At(budget), new List<DriftEventArgs>());
        rows.Choose(mix, BudgetEnforcement.Controlled, WindowSize, DriftFit.Of(mix, router.Fitted.Positions, router.Fitted.SamplePrior, rate, raised.Add));
        return raised;
    }
}
