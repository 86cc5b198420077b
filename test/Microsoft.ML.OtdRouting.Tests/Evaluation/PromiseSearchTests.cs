using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Fitting;
using Microsoft.ML.OtdRouting.Tasks;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Tasks.Classification;

namespace Microsoft.ML.OtdRouting.Tests.Evaluation;

public class PromiseSearchTests(ScoredOutputs outputs) : IClassFixture<ScoredOutputs>
{
    private const int WindowSize = 64;

    [Fact]
    public void Promises_are_broken_on_other_rows_no_more_often_than_they_say()
    {
        const int Splits = 120;
        const double Confidence = 0.8;
        var others = outputs.Read(ColourPictures.Rows(20_000, seed: 77), weighted: false);
        var (broken, given, cheaper) = (0, 0, 0);
        for (var split = 0; split < Splits; split++)
        {
            var rows = Fit(ColourPictures.Rows(300, seed: 1_000 + split), 0.5, split);
            QualityPromise promise;
            try
            {
                promise = PromiseSearch.On(QualityTarget.WithinLargest(6, Confidence), RoutingPrior.BudgetOnly(), rows, WindowSize).Find(_ => { }, default);
            }
            catch (InvalidOperationException)
            {
                continue;
            }

            given++;
            var truth = new ComparedRows(rows.Fitted, rows.Task, others);
            var router = rows.Fitted.At(promise.Budget, RoutingPrior.BudgetOnly(), default);
            var routed = truth.Outcomes(router).Quality.Mean(truth.Choose(router, BudgetEnforcement.Calibrated, WindowSize));
            broken += routed < truth.Alone.Quality.Mean(truth.Alone.Routes - 1) - 0.06 ? 1 : 0;
            cheaper += promise.Budget < 0.7 * outputs.Scorers.Costs[^1] ? 1 : 0;
        }

        // One that is not given cannot be broken; with three standard errors of the share.
        Assert.InRange(broken, 0, Splits * ((1 - Confidence) + (3 * Math.Sqrt(Confidence * (1 - Confidence) / Splits))));
        Assert.InRange(given, Splits / 2, Splits);
        Assert.InRange(cheaper, Splits / 4, Splits);
    }

    [Fact]
    public void Budgets_are_tested_in_order_until_one_fails()
    {
        var rows = Fit(ColourPictures.Rows(3_000, seed: 5), 0.5, 1);
        List<string> log = [];
        var promise = PromiseSearch.On(QualityTarget.WithinLargest(2), RoutingPrior.BudgetOnly(), rows, WindowSize).Find(log.Add, default);
        Assert.Equal(promise.Tests.Count, log.Count);
        Assert.Equal(promise.Tests.OrderByDescending(t => t.Budget), promise.Tests);
        Assert.All(promise.Tests.SkipLast(1), t => Assert.InRange(t.PValue, 0, promise.Level));
        Assert.True(promise.Tests[^1].PValue > promise.Level);
        Assert.Equal(promise.Tests[^2], promise.Tested);
        Assert.Equal(rows.Rows.Rows, promise.Rows);
        Assert.All(promise.Tests, t => Assert.Equal(t.Quality - t.Reference, (double)(t.Gains - t.Losses) / promise.Rows, 1e-9));

        // A harder promise takes more.
        var harder = PromiseSearch.On(QualityTarget.WithinLargest(1.5, 0.99), RoutingPrior.BudgetOnly(), rows, WindowSize).Find(_ => { }, default);
        Assert.InRange(harder.Budget, promise.Budget, outputs.Scorers.Costs[^1]);
    }

    [Fact]
    public void A_stated_quality_is_tested_by_its_own_count()
    {
        var rows = Fit(ColourPictures.Rows(3_000, seed: 5), 0.5, 1);
        var promise = PromiseSearch.On(QualityTarget.AtLeast(0.7), RoutingPrior.BudgetOnly(), rows, WindowSize).Find(_ => { }, default);
        Assert.All(promise.Tests, t => Assert.Equal((0.7, promise.Rows), (t.Reference, t.Gains + t.Losses)));
        Assert.All(promise.Tests, t => Assert.Equal(t.Quality, (double)t.Gains / promise.Rows, 1e-9));
        Assert.InRange(promise.Tested.Quality, 0.7, 1);
    }

    [Fact]
    public void Too_few_images_are_told_how_many_would_do()
    {
        var few = Fit(ColourPictures.Rows(60, seed: 5), 0.5, 1);
        var target = QualityTarget.WithinLargest(0.5);
        var error = Assert.Throws<InvalidOperationException>(
            () => PromiseSearch.On(target, RoutingPrior.BudgetOnly(), few, WindowSize).Find(_ => { }, default));
        Assert.Contains("do not support the promise (at most 0.5 points below the largest resolution", error.Message);
        Assert.Matches("(would, which takes [0-9,]+ images in all|No number of images)", error.Message);
        // What no number of images can support is said to be so.
        error = Assert.Throws<InvalidOperationException>(
            () => PromiseSearch.On(QualityTarget.AtLeast(0.999), RoutingPrior.BudgetOnly(), few, WindowSize).Find(_ => { }, default));
        Assert.Contains("promise less", error.Message);
    }

    [Fact]
    public void Rows_are_split_by_their_content()
    {
        var pictures = ColourPictures.Rows(1_000, seed: 6);
        var all = outputs.Read([.. pictures, .. pictures], weighted: false);
        var (first, second) = all.Split(0.3, seed: 4);
        Assert.Equal(all.Rows, first.Rows + second.Rows);
        Assert.InRange(second.Rows, 2_000 * 0.25, 2_000 * 0.35);
        // Equal images are on one side; so no target and output of one is among the other's.
        HashSet<string> Contents(Observations rows) => [.. Enumerable.Range(0, rows.Rows).Select(row => string.Join(' ', rows.Kept(0, row).ToArray()))];
        Assert.Empty(Contents(first).Intersect(Contents(second)));
        // Neither fold nor position tells the side.
        for (var fold = 0; fold < 5; fold++)
        {
            Assert.InRange(second.Folds.ToArray().Count(f => f == fold) / (double)all.Folds.ToArray().Count(f => f == fold), 0.2, 0.4);
        }

        Assert.InRange(second.Positions.ToArray().Average(p => (double)p), 0.45 * 65521, 0.55 * 65521);
        Assert.NotEqual(second.Rows, all.Split(0.3, seed: 5).Second.Rows);
    }

    /// <summary>A router fitted to a part of some rows, and the others.</summary>
    private ComparedRows Fit(List<ColourRow> pictures, double keptBack, int seed)
    {
        var (fitting, rest) = outputs.Read(pictures, weighted: false).Split(keptBack, seed);
        var fitted = FittedRouter.Fit(
            fitting, outputs.Task, outputs.Scorers.Names, outputs.Scorers.Costs, RoutingPrior.BudgetOnly(), new FittingOptions(), _ => { }, default);
        return new ComparedRows(fitted, outputs.Task, rest);
    }
}
