using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>What aligning the resolutions with the largest one brings: to each of them alone, and to the router.</summary>
internal static class AlignmentTable
{
    public static void Write(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<double> budgets)
    {
        var resolutions = family.Scorers.Names;
        var alone = resolutions.Select(_ => (With: new Sample(), Without: new Sample(), Gain: new Sample())).ToArray();
        var routed = budgets.Select(_ => (With: new Sample(), Without: new Sample(), Gain: new Sample())).ToArray();
        foreach (var (fitting, test) in splits)
        {
            var (observations, rows) = (family.Observe(fitting), family.Observe(test));
            var (with, without) = (new FittedFamily(family, observations), new FittedFamily(family, observations, aligned: false));
            var (compared, unaligned) = (with.Rows(rows), without.Rows(rows));
            for (var r = 0; r < alone.Length; r++)
            {
                Add(alone[r], compared.Alone.Quality.Mean(r), compared.Plain.Quality.Mean(r));
            }

            for (var i = 0; i < budgets.Count; i++)
            {
                Add(routed[i], Accuracy(with, compared, budgets[i]), Accuracy(without, unaligned, budgets[i]));
            }
        }

        report.Table(
            ["resolution alone", "cost", "as it is %", "aligned %", "difference"],
            alone.Select((a, r) => new[]
            {
                resolutions[r], Report.Cost(family.Scorers.Costs[r] / family.LargestCost), Report.Percent(a.Without.Mean), Report.Percent(a.With.Mean), a.Gain.ToPoints(),
            }));
        report.Table(
            ["budget", "routed without alignment %", "routed %", "difference"],
            budgets.Select((b, i) => new[] { Report.Cost(b), Report.Percent(routed[i].Without.Mean), Report.Percent(routed[i].With.Mean), routed[i].Gain.ToPoints() }));
    }

    private static void Add((Sample With, Sample Without, Sample Gain) samples, double with, double without)
    {
        samples.With.Add(with);
        samples.Without.Add(without);
        samples.Gain.Add(with - without);
    }

    private static double Accuracy(FittedFamily router, Evaluation.ComparedRows rows, double budget)
    {
        var (choices, outcomes, _) = router.Choose(rows, budget);
        return choices.Accuracy(outcomes);
    }
}
