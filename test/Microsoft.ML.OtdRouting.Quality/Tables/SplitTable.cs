using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>The router against each baseline on random splits: paired differences of accuracy at the same realised cost.</summary>
internal static class SplitTable
{
    public static void Write(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        string[] baselines = ["cost penalty", "cascade", "cascade, a threshold a stage", "calibrated cascade", "static mix", "static mix of calibrated routes", "the largest resolution, calibrated"];
        var accuracy = budgets.Select(_ => new Sample()).ToArray();
        var cost = budgets.Select(_ => new Sample()).ToArray();
        var differences = budgets.Select(_ => baselines.Select(_ => new Sample()).ToArray()).ToArray();
        for (var s = 0; s < splits.Count; s++)
        {
            var router = new FittedFamily(family, family.Observe(splits[s].Fitting));
            var rows = router.Rows(family.Observe(splits[s].Test));
            var plain = StagedCascade.OfResolutions(router.Fitted.Plain.Outcomes, rows.Plain, family.Scorers.Costs);
            var routes = router.StaticRoutes(rows);
            for (var i = 0; i < budgets.Count; i++)
            {
                var compared = router.Compare(rows, budgets[i]);
                var (routed, spent) = (compared.Metrics.Quality, compared.Metrics.MeanCost);
                accuracy[i].Add(routed);
                cost[i].Add(spent / family.LargestCost);
                // With few images none of the penalised predictors may be as cheap as the router: then there is nothing to compare.
                var penalty = compared.CostPenalty?.Quality ?? double.NaN;
                double[] others =
                [
                    penalty, compared.Cascade.Quality, plain.At("", spent).MeanQuality, compared.CalibratedCascade.Quality, compared.StaticMix.Quality,
                    StaticMix.BestQuality(routes, spent), compared.LargestCalibrated.Quality,
                ];
                for (var o = 0; o < others.Length; o++)
                {
                    if (!double.IsNaN(others[o]))
                    {
                        differences[i][o].Add(routed - others[o]);
                    }
                }
            }

            if (s % 5 == 4)
            {
                Progress.Write($"{family.Name}: split {s + 1} of {splits.Count}.");
            }
        }

        report.Table(
            ["budget", "cost", "routed %", .. baselines.Select(b => "against " + b)],
            budgets.Select((b, i) => new[] { Report.Cost(b), Report.Cost(cost[i].Mean), Report.Percent(accuracy[i].Mean) }
                .Concat(differences[i].Select(d => d.ToPoints()))
                .ToArray()));
    }

    /// <summary>Random splits of the rows from 0 on into fitting and test rows.</summary>
    public static List<(int[] Fitting, int[] Test)> Random(int rows, int fitting, int count, int seed) =>
        Enumerable.Range(0, count).Select(s =>
        {
            var order = Enumerable.Range(0, rows).ToArray();
            new Random(seed + s).Shuffle(order);
            return (order[..fitting], order[fitting..]);
        }).ToList();
}
