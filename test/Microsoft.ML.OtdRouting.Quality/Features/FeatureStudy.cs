using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Quality.Tables;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>
/// What the features of a first look bring: the same router, fitted with all of them, without each group, with each group alone and with none. Answers,
/// losses, folds and routes to choose from are the same; what differs is what the policy knows.
/// </summary>
/// <remarks>
/// Images are split in halves that change places, again and again, so every image is tested by routers that were fitted on others. Budgets are kept window by
/// window, so that all routers cost the same. With none of the features there is nothing to choose by: that is the best mix of the router's own routes, chosen
/// on the fitting images.
/// </remarks>
internal sealed class FeatureStudy
{
    /// <summary>Budgets, as fractions of the largest resolution's cost.</summary>
    public static readonly double[] Budgets = [0.3, 0.5, 0.7, 0.8];

    private const int WindowSize = 256;
    private const string None = "none: static mix of its routes";

    private readonly FeatureSet _set;
    private readonly List<(string Name, Func<TaskModel, IReadOnlyList<int>> Mask)> _variants;
    private readonly Dictionary<string, MaskedRows> _measured = [];

    private FeatureStudy(FeatureSet set)
    {
        _set = set;
        _variants =
        [
            ("all", _ => []),
            .. set.Groups.Select(g => ($"without {g.Name}", new Func<TaskModel, IReadOnlyList<int>>(model => g.Of(model).ToList()))),
            .. set.Groups.Select(g => ($"{g.Name} alone", new Func<TaskModel, IReadOnlyList<int>>(model => Enumerable.Range(0, model.FeatureCount).Except(g.Of(model)).ToList()))),
        ];
    }

    /// <summary>Measures a set and writes its table.</summary>
    /// <param name="report">Takes the table.</param>
    /// <param name="set">The set.</param>
    /// <param name="splits">How often the images are split in halves.</param>
    public static void Write(Report report, FeatureSet set, int splits)
    {
        var study = new FeatureStudy(set);
        for (var split = 0; split < splits; split++)
        {
            foreach (var (task, fitting, test, places) in set.Halves(split))
            {
                study.Test(task, fitting, test, places);
            }

            Progress.Write($"{set.Title}: split {split + 1}.");
        }

        study.Write(report, splits);
    }

    /// <summary>Fits on one half with every mask, and tests on the other.</summary>
    private void Test(BoundTask task, Observations fitting, Observations test, int[] places)
    {
        var memory = new Dictionary<string, KnownAnswers>();
        var largest = _set.Scorers.Costs[^1];
        foreach (var (name, mask) in _variants)
        {
            var masked = new MaskedTask(task, memory, mask);
            var prior = RoutingPrior.BudgetOnly();
            var fitted = FittedRouter.Fit(fitting, masked, _set.Scorers.Names, _set.Scorers.Costs, prior, new FittingOptions(), _ => { }, CancellationToken.None);
            var compared = new ComparedRows(fitted, masked, test);
            var points = Budgets.Select(budget =>
            {
                var router = fitted.At(budget * largest, prior, CancellationToken.None);
                var chosen = compared.Choose(router, BudgetEnforcement.PerWindow, WindowSize);
                var outcomes = compared.Outcomes(router);
                return (Quality: PolicyRows.QualityOf(_set.QualityOf(outcomes), row => chosen[row]), Cost: chosen.Average(k => router.Policy.Routes[k].Cost));
            }).ToArray();
            Measured(name).Add(places, b => points[b].Quality, b => points[b].Cost / (Budgets[b] * largest));
        }

        var routes = memory.Values.Where(k => k.Model.FeatureCount > 0 && k.HasHeldOut).ToList();
        var mixes = Budgets.Select(budget => Mix(routes, test, budget * largest)).ToArray();
        Measured(None).Add(places, b => mixes[b], _ => 1);
    }

    /// <summary>The best mix of routes, chosen by what they lose on the fitting rows, on other rows.</summary>
    private double[] Mix(IReadOnlyList<KnownAnswers> answers, Observations test, double cost)
    {
        var routes = answers.SelectMany(a => Enumerable.Range(0, a.Model.Routes.Count).Select(k => (Answers: a, Route: k, Loss: a.HeldOut.Measured.Mean(k)))).ToList();
        var (cheap, dear, share) = StaticMix.Best(routes, r => -r.Loss, r => r.Answers.Model.Routes[r.Route].Cost, cost);
        PolicyRows Rows((KnownAnswers Answers, int Route, double Loss) r) => PolicyRows.Of("", _set.QualityOf(r.Answers.Outcomes(test)), r.Route, 0);
        return PolicyRows.Mix("", Rows(cheap), Rows(dear), share).Quality;
    }

    private MaskedRows Measured(string name) =>
        _measured.TryGetValue(name, out var known) ? known : _measured[name] = new MaskedRows(Budgets.Length, _set.Rows.Rows);

    private void Write(Report report, int splits)
    {
        report.Heading(
            _set.Title,
            $"{_set.Rows.Rows:N0} images, {splits} times split in halves that change places as what is fitted on and what is tested. {_set.Measure}, in %, at each budget, then the " +
            "difference to the router with all features in the mean over the budgets, in points, with its 95 % interval over the images, which are the same for all; then at each budget.");
        MaskedTable.Write(report, "features", _set.IsError, Budgets, [.. _variants.Select(v => v.Name).Append(None).Select(name => (name, _measured[name]))]);
    }
}
