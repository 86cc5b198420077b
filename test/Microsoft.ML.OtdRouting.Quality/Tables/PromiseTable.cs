using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Quality.Policies;
using Microsoft.ML.OtdRouting.Quality.Scores;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>Whether promises are kept on images that had no part in the fit, and how much more than the least budget they take.</summary>
internal static class PromiseTable
{
    private const int WindowSize = 256;
    private const int Steps = 50;

    /// <summary>Fits a router to a part of the fitting rows of every split, as the product does, and looks at its promise on the other rows.</summary>
    /// <param name="report">The report.</param>
    /// <param name="family">The family.</param>
    /// <param name="splits">Fitting and test rows.</param>
    /// <param name="targets">The promises.</param>
    public static void Write(Report report, ScoredFamily family, IReadOnlyList<(int[] Fitting, int[] Test)> splits, IReadOnlyList<QualityTarget> targets)
    {
        var outcomes = targets.Select(_ => new Outcomes()).ToArray();
        for (var s = 0; s < splits.Count; s++)
        {
            foreach (var share in targets.GroupBy(t => t.KeptBack))
            {
                var (fitting, keptBack) = family.Observe(splits[s].Fitting).Split(share.Key, seed: s);
                var router = new FittedFamily(family, fitting);
                var (tested, test) = (router.Rows(keptBack), router.Rows(family.Observe(splits[s].Test)));
                var differences = new Lazy<double[]>(() => Differences(router, test));
                foreach (var target in share)
                {
                    outcomes[targets.Index().First(t => t.Item == target).Index].Add(target, tested, test, differences);
                }
            }

            if (s % 25 == 24)
            {
                Progress.Write($"{family.Name}: promises on split {s + 1} of {splits.Count}.");
            }
        }

        report.Table(
            
            [
                "promise", "kept back", "fits", "refused", "broken on the test images", "broken on all images not fitted to", "budget found", "least that holds on the test images", "more than that",
                "routed %", "largest, calibrated %",
            ],
            targets.Zip(outcomes, (target, o) => o.Row(target, splits.Count)));
    }

    /// <summary>Quality of the router less that of the largest resolution, calibrated, at every budget; NaN where it cannot be so cheap.</summary>
    private static double[] Differences(FittedFamily router, ComparedRows test)
    {
        var alone = test.Alone.Quality.Mean(test.Alone.Routes - 1);
        var (routes, largest) = (router.Fitted.Whole.Routes, test.Fitted.Alone.Model.Routes[^1].Cost);
        return Enumerable.Range(0, Steps + 1).Select(step =>
        {
            if ((double)step / Steps * largest < routes[0].Cost)
            {
                return double.NaN;
            }

            var (choices, outcomes, _) = router.Choose(test, (double)step / Steps);
            return choices.Accuracy(outcomes) - alone;
        }).ToArray();
    }

    /// <summary>What came of one promise.</summary>
    private sealed class Outcomes
    {
        private readonly Sample _found = new();
        private readonly Sample _least = new();
        private readonly Sample _more = new();
        private readonly Sample _quality = new();
        private readonly Sample _alone = new();
        private int _broken;
        private int _brokenOnAll;
        private int _refused;

        public void Add(QualityTarget target, ComparedRows tested, ComparedRows test, Lazy<double[]> differences)
        {
            QualityPromise promise;
            try
            {
                promise = PromiseSearch.On(target, RoutingPrior.BudgetOnly(), tested, WindowSize).Find(_ => { }, CancellationToken.None);
            }
            catch (InvalidOperationException)
            {
                _refused++;
                return;
            }

            // The budget from which on, to the largest resolution's, the promise holds on the test rows.
            var allowed = -target.Points!.Value / 100;
            var least = Steps;
            while (least > 0 && differences.Value[least - 1] >= allowed)
            {
                least--;
            }

            var found = promise.Budget / test.Fitted.Alone.Model.Routes[^1].Cost;
            var (difference, alone, rows) = (differences.Value[(int)Math.Round(found * Steps)], test.Alone.Quality.Mean(test.Alone.Routes - 1), test.Rows.Rows);
            var onAll = ((difference * rows) + promise.Tested.Gains - promise.Tested.Losses) / (rows + promise.Rows);
            _broken += difference < allowed ? 1 : 0;
            _brokenOnAll += onAll < allowed ? 1 : 0;
            _quality.Add(alone + difference);
            _alone.Add(alone);
            _found.Add(found);
            _least.Add((double)least / Steps);
            _more.Add(found - ((double)least / Steps));
        }

        public IReadOnlyList<string> Row(QualityTarget target, int fits)
        {
            var given = fits - _refused;
            return
            [
                $"{target}", $"{100 * target.KeptBack:0} %", $"{fits}", $"{_refused}",
                .. given == 0 ? Enumerable.Repeat("–", 7) : new[] { Report.Cost((double)_broken / given), Report.Cost((double)_brokenOnAll / given), Report.Cost(_found.Mean), Report.Cost(_least.Mean), $"{Report.Signed(100 * _more.Mean, 1)} points", Report.Percent(_quality.Mean), Report.Percent(_alone.Mean) },
            ];
        }
    }
}
