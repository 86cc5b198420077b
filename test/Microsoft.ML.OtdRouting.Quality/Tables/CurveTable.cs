using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>The accuracy–cost curve of a family beside its baselines: the mean over seeds.</summary>
internal static class CurveTable
{
    private const int Seeds = 3;

    public static void Write(Report report, ScoredFamily family, int[] fitting, int[] test, IReadOnlyList<double> budgets)
    {
        var runs = new List<List<Point>>();
        IReadOnlyList<(string Name, double Cost, double Accuracy)> alone = [];
        for (var seed = 0; seed < Seeds; seed++)
        {
            var router = new FittedFamily(family, family.Observe(fitting, seed));
            var rows = router.Rows(family.Observe(test, seed));
            var routes = router.StaticRoutes(rows);
            runs.Add(budgets.Select(b => Measure(family, router, rows, routes, b)).ToList());
            alone = seed == 0 ? Alone(family, rows, routes) : alone;
            Progress.Write($"{family.Name}: seed {seed + 1} of {Seeds}.");
        }

        report.Table(["alone", "cost", "accuracy %"], alone.Select(a => new[] { a.Name, Report.Cost(a.Cost), Report.Percent(a.Accuracy) }));
        report.Table(
            ["budget", "cost", "**routed %**", "cost penalty", "cascade", "calibrated cascade", "static mix", "static mix of calibrated routes", "oracle",
                "budget error", "collapse", "regret", "Monge gap"],
            budgets.Select((b, i) =>
            {
                double Mean(Func<Point, double> value) => runs.Average(r => value(r[i]));
                var spread = runs.Max(r => r[i].Routed) - runs.Min(r => r[i].Routed);
                return new[]
                {
                    Report.Cost(b), Report.Cost(Mean(p => p.Cost)), $"**{Report.Percent(Mean(p => p.Routed))}** (spread {100 * spread:0.00})",
                    Report.Percent(Mean(p => p.Penalty)), Report.Percent(Mean(p => p.Cascade)), Report.Percent(Mean(p => p.CalibratedCascade)), Report.Percent(Mean(p => p.Mix)),
                    Report.Percent(Mean(p => p.CalibratedMix)), Report.Percent(Mean(p => p.Oracle)), $"{Report.Signed(100 * Mean(p => p.Error), 1)} %",
                    $"{Mean(p => p.Collapse):0.000}", $"{Mean(p => p.Regret):0.0000}", $"{Mean(p => p.MongeGap):0.0000}",
                };
            }));
    }

    /// <summary>Accuracies of every static choice: resolutions as they are, and the calibrated routes.</summary>
    private static List<(string Name, double Cost, double Accuracy)> Alone(ScoredFamily family, ComparedRows rows, IReadOnlyList<PolicyResult> routes) =>
    [
        .. family.Scorers.Names.Select((n, r) => (
            $"resolution {n}",
            family.Scorers.Costs[r] / family.LargestCost,
            rows.Plain.Quality.Mean(r))),
        (
            $"resolution {family.Scorers.Names[^1]}, calibrated",
            1.0,
            rows.Alone.Quality.Mean(family.Scorers.Names.Count - 1)),
        .. routes.Select(r => ($"route {r.Name}, calibrated", r.MeanCost / family.LargestCost, r.Quality)),
    ];

    private static Point Measure(
        ScoredFamily family, FittedFamily router, ComparedRows rows, IReadOnlyList<PolicyResult> routes, double budget)
    {
        var compared = router.Compare(rows, budget);
        var metrics = compared.Metrics;
        return new Point(
            metrics.MeanCost / family.LargestCost, metrics.Quality, compared.CostPenalty?.Quality ?? double.NaN, compared.Cascade.Quality,
            compared.CalibratedCascade.Quality, compared.StaticMix.Quality, StaticMix.BestQuality(routes, metrics.MeanCost),
            compared.Oracle.Quality, metrics.BudgetError, metrics.CollapseIndex, compared.Regret, compared.MongeGap);
    }

    private sealed record Point(
        double Cost, double Routed, double Penalty, double Cascade, double CalibratedCascade, double Mix, double CalibratedMix, double Oracle, double Error,
        double Collapse, double Regret, double MongeGap);
}
