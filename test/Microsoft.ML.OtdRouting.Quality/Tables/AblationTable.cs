using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>Variants of the router side by side: mean accuracy over splits at each budget, and the paired difference to the first variant.</summary>
internal static class AblationTable
{
    public static void Write(
        Report report,
        ScoredFamily family,
        IReadOnlyList<(int[] Fitting, int[] Test)> splits,
        IReadOnlyList<double> budgets,
        IReadOnlyList<Variant> variants)
    {
        var accuracy = variants.Select(_ => budgets.Select(_ => new Sample()).ToArray()).ToArray();
        var excess = variants.Select(_ => new Sample()).ToArray();
        var difference = variants.Select(_ => new Sample()).ToArray();
        for (var s = 0; s < splits.Count; s++)
        {
            var (fitting, testing) = splits[s];
            var observations = family.Observe(fitting);
            var test = family.Observe(testing);
            var reference = 0.0;
            for (var v = 0; v < variants.Count; v++)
            {
                List<(double Accuracy, double Cost)> points;
                if (variants[v].Product is { } options)
                {
                    points = Product(family, options, observations, test, budgets);
                }
                else
                {
                    var router = new VariantRouter(family, variants[v], fitting, observations);
                    points = budgets.Select(b => router.Measure(testing, test, b)).ToList();
                }

                for (var i = 0; i < budgets.Count; i++)
                {
                    accuracy[v][i].Add(points[i].Accuracy);
                    excess[v].Add(points[i].Cost / budgets[i] - 1);
                }

                var mean = points.Average(p => p.Accuracy);
                reference = v == 0 ? mean : reference;
                difference[v].Add(mean - reference);
            }

            Progress.Write($"{family.Name}: variants on split {s + 1} of {splits.Count}.");
        }

        report.Table(
            ["router", .. budgets.Select(b => $"{Report.Cost(b)}"), "mean", "difference", "cost over budget"],
            variants.Select((variant, v) => accuracy[v].Select(a => Report.Percent(a.Mean))
                .Prepend(variant.Name)
                .Append(Report.Percent(accuracy[v].Average(a => a.Mean)))
                .Append(v == 0 ? "" : difference[v].ToPoints())
                .Append($"{Report.Signed(100 * excess[v].Mean, 1)} %")
                .ToArray()));
    }

    private static List<(double Accuracy, double Cost)> Product(
        ScoredFamily family, ClassificationTask task, Observations fitting, Observations test, IReadOnlyList<double> budgets)
    {
        var router = new FittedFamily(family, fitting, task);
        var rows = router.Rows(test);
        return budgets.Select(b =>
        {
            var (choices, outcomes, _) = router.Choose(rows, b);
            return (choices.Accuracy(outcomes), choices.MeanCost / family.LargestCost);
        }).ToList();
    }
}
