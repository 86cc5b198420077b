using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Quality.Tables;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>
/// What the two numbers bring by which a cascade of maps stops: the calibrated cascade with both of them, with each alone, and with none, where all images go
/// equally far. A stage has a threshold of its own, so of one number alone only the order matters, and its sign.
/// </summary>
internal static class DoubtStudy
{
    private static readonly (string Name, MapDoubt? Of)[] Variants =
    [
        ("roughness and distance", null), ("roughness alone", new MapDoubt(0, 1, 0)), ("distance alone", new MapDoubt(0, 0, 1)), ("neither", new MapDoubt(0, 0, 0)),
    ];

    /// <summary>Measures a set of maps and writes its table.</summary>
    /// <param name="report">Takes the table.</param>
    /// <param name="set">The set.</param>
    /// <param name="splits">How often the images are split in halves.</param>
    public static void Write(Report report, FeatureSet set, int splits)
    {
        var measured = Variants.Select(_ => new MaskedRows(FeatureStudy.Budgets.Length, set.Rows.Rows)).ToArray();
        var largest = set.Scorers.Costs[^1];
        for (var split = 0; split < splits; split++)
        {
            foreach (var (task, fitting, test, places) in set.Halves(split))
            {
                var fitted = FittedRouter.Fit(
                    fitting, task, set.Scorers.Names, set.Scorers.Costs, RoutingPrior.BudgetOnly(), new FittingOptions { PruneRoutes = false }, _ => { }, CancellationToken.None);
                for (var v = 0; v < Variants.Length; v++)
                {
                    var cascade = Cascade(fitted, (BoundDenseRegression)task, fitting, test, Variants[v].Of);
                    measured[v].Add(places, b => cascade.At("", FeatureStudy.Budgets[b] * largest).Quality, b => cascade.At("", FeatureStudy.Budgets[b] * largest).MeanCost / (FeatureStudy.Budgets[b] * largest));
                }
            }
        }

        report.Text("The calibrated cascade, by what it stops:");
        MaskedTable.Write(report, "it stops by", set.IsError, FeatureStudy.Budgets, [.. Variants.Zip(measured, (v, m) => (v.Name, m))]);
    }

    private static StagedCascade Cascade(FittedRouter fitted, BoundDenseRegression task, Observations fitting, Observations test, MapDoubt? of)
    {
        if (of is null)
        {
            return new ComparedRows(fitted, task, test).Cascade;
        }

        var answers = fitted.Candidates.Select(c =>
        {
            var confidence = Confidence(fitting, task, c.Routes, of);
            var signs = Enumerable.Range(0, c.Routes.Count).Select(k => Sign(confidence, c.Outcomes.Losses, k)).ToArray();
            var known = new KnownAnswers(c.Model, null);
            known.Set(test, c.Model.Outcomes(test) with { Confidence = Turn(Confidence(test, task, c.Routes, of), signs) });
            return c with
            {
                Model = new MaskedModel(known, Enumerable.Range(0, c.Routes.Count).ToList(), []),
                Outcomes = c.Outcomes with { Confidence = Turn(confidence, signs) },
            };
        }).ToList();
        return new ComparedRows(fitted with { Candidates = answers }, task, test).Cascade;
    }

    private static RouteTable Confidence(Observations rows, BoundDenseRegression task, IReadOnlyList<Route> routes, MapDoubt doubt) =>
        MapDoubt.Confidence(rows, task, routes, Enumerable.Repeat(doubt, routes.Count).ToList());

    /// <summary>Minus one where a route that is surer by this loses more.</summary>
    private static int Sign(RouteTable confidence, RouteTable losses, int route)
    {
        var (sure, lost) = (confidence.Mean(route), losses.Mean(route));
        return Enumerable.Range(0, losses.Rows).Sum(row => (confidence[row, route] - sure) * (losses[row, route] - lost)) > 0 ? -1 : 1;
    }

    private static RouteTable Turn(RouteTable confidence, int[] signs)
    {
        var turned = new RouteTable(confidence.Rows, confidence.Routes);
        for (var i = 0; i < turned.Values.Length; i++)
        {
            turned.Values[i] = signs[i % signs.Length] * confidence.Values[i];
        }

        return turned;
    }
}
