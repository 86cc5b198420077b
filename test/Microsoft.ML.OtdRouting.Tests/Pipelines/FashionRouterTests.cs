using Microsoft.ML.OtdRouting.Evaluation;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Real pictures and models, from files to classes.</summary>
public class FashionRouterTests(FashionRouterTests.Fitted fashion) : IClassFixture<FashionRouterTests.Fitted>
{
    [Fact]
    public void Route_costs_are_those_of_the_models()
    {
        // Million multiply-adds of the models' README, twice, and the last layer.
        var costs = new Dictionary<string, double> { ["10"] = 5.37, ["14"] = 10.15, ["20"] = 18.96, ["28"] = 37.16 };
        var first = fashion.Router.Routes[0].Name;
        Assert.All(fashion.Router.Routes, r => Assert.StartsWith(first, r.Name));
        foreach (var route in fashion.Router.Routes)
        {
            Assert.Equal(2 * route.Name.Split('+').Sum(r => costs[r]), route.Cost / 1e6, 0.05);
        }
    }

    /// <summary>A sanity check: so few pictures tell accuracies apart to one percent. The example measures the margin on all of them.</summary>
    [Fact]
    public void As_accurate_as_the_static_mix_at_the_same_cost_or_more()
    {
        foreach (var comparison in fashion.Sweep)
        {
            Assert.InRange(comparison.Metrics.Quality - comparison.StaticMix.Quality, -0.01, 1);
            Assert.InRange(comparison.MongeGap, -1e-9, 1);
            Assert.InRange(comparison.Oracle.Quality, comparison.Metrics.Quality, 1);
        }
    }

    [Fact]
    public void Resolutions_alone_are_as_accurate_as_their_README_says()
    {
        double[] readme = [0.850, 0.889, 0.907, 0.911];
        Assert.All(fashion.Sweep[0].Resolutions.Zip(readme), pair => Assert.Equal(pair.Second, pair.First.Quality, 0.05));
    }

    [Fact]
    public void Realised_cost_is_within_sampling_error_and_planned_routes_are_used()
    {
        foreach (var comparison in fashion.Sweep)
        {
            var metrics = comparison.Metrics;
            Assert.InRange((metrics.MeanCost - metrics.Budget) / metrics.CostStandardError, -4, 4);
            Assert.All(metrics.PlannedShares.Zip(metrics.RouteShares).Where(s => s.First >= 0.05), s => Assert.InRange(s.Second, 0.01, 1));
            Assert.InRange(metrics.CollapseIndex, -0.2, 0.2);
        }
    }

    [Fact]
    public void A_picture_in_memory_is_predicted_as_from_its_file()
    {
        using var engine = fashion.Context.Model.CreatePredictionEngine<FashionPicture, Prediction>(fashion.Model, new PredictionEngineOptions { OwnsTransformer = false });
        var pictures = FashionPictures.Test(20);
        var batch = fashion.Context.Data.CreateEnumerable<Prediction>(
            fashion.Model.Transform(fashion.Context.Data.LoadFromEnumerable(pictures)), reuseRowObject: false).ToList();
        for (var i = 0; i < pictures.Count; i++)
        {
            var one = engine.Predict(pictures[i]);
            Assert.Equal(batch[i].Class, one.Class);
            Assert.Equal(batch[i].Cost, one.Cost);
            Assert.All(batch[i].Score.Zip(one.Score), s => Assert.Equal(s.First, s.Second, 1e-5f));
        }
    }

    /// <summary>
    /// What the first look says about the pictures is asked for once; then the easier and the harder half of them alternate, again and again.
    /// <c>test/measure-drift.sh</c> has more pictures and more budgets.
    /// </summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(0.5)]
    public void A_controlled_router_keeps_its_budget_while_easy_and_hard_pictures_alternate(double budget)
    {
        using var calibrated = fashion.Router.WithBudget(ComputeBudget.FractionOfLargest(budget));
        using var router = calibrated.WithEnforcement(BudgetEnforcement.Controlled);
        Assert.Single(router.Parts);
        var images = fashion.Context.Transforms.LoadImages("Image", null, "Path").Fit(fashion.Context.Data.LoadFromEnumerable(FashionPictures.Test(1)));
        var pictures = images.Transform(fashion.Context.Data.LoadFromEnumerable(FashionPictures.Test(1000)));
        var scores = RoutedValues.Read(calibrated.Transform(pictures)).RouteScores;
        var byLoss = Enumerable.Range(0, scores.Count).OrderBy(i => router.RoutePrices[0] - scores[i][0]).ToArray();
        var stream = Enumerable.Range(0, 50_000).Select(row => scores[byLoss[(row / 2_000 % 2 * 500) + (row * 7 % 500)]]).ToArray();
        var controller = router.Controller!;
        Assert.InRange(Off(row => ArgMax.Of(stream[row])), 0.05, 1);
        Assert.InRange(Off(row => controller.Choose(stream[row], router.Routes)), 0, 0.02);
        Assert.Equal(0.02 * controller.Budget, controller.DeviationBound(5_000), controller.Budget * 1e-9);

        // The largest part of the budget by which the mean cost of 5,000 rows is off it, after the first 2,000.
        double Off(Func<int, int> choose)
        {
            var sums = new double[stream.Length + 1];
            for (var row = 0; row < stream.Length; row++)
            {
                sums[row + 1] = sums[row] + (router.Routes[choose(row)].Cost / router.Budget) - 1;
            }

            return Enumerable.Range(2_000, stream.Length - 6_999).Max(start => Math.Abs(sums[start + 5_000] - sums[start]) / 5_000);
        }
    }

    /// <summary>A chain from paths to class names, fitted once.</summary>
    public sealed class Fitted : IDisposable
    {
        private const int FittingRows = 1000;
        private const int TestRows = 1000;

        public Fitted()
        {
            var options = new OtdResolutionRouter.Options { Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames } };
            foreach (var size in FashionPictures.Sizes)
            {
                options.Resolutions.Add(new Resolution(FashionPictures.ModelFile(size), size));
            }

            Model = Context.Transforms.LoadImages("Image", null, "Path")
                .Append(Context.Transforms.Conversion.MapValueToKey("Key", "Label"))
                .Append(Context.OtdRouting().Route(options))
                .Append(Context.Transforms.Conversion.MapKeyToValue("Class", "PredictedLabel"))
                .Fit(Context.Data.LoadFromEnumerable(FashionPictures.Fitting(FittingRows)));
            Router = ((IEnumerable<ITransformer>)Model).OfType<OtdRoutingTransformer>().Single();
            Sweep = Context.OtdRouting().Sweep(
                Model,
                Context.Data.LoadFromEnumerable(FashionPictures.Test(TestRows)),
                new[] { 0.3, 0.4, 0.5 }.Select(ComputeBudget.FractionOfLargest).ToList());
        }

        public MLContext Context { get; } = new(seed: 1);

        public ITransformer Model { get; }

        public OtdRoutingTransformer Router { get; }

        internal IReadOnlyList<OtdRoutingComparison> Sweep { get; }

        public void Dispose() => Router.Dispose();
    }

    private sealed class Prediction
    {
        public string Class { get; set; } = "";

        public float[] Score { get; set; } = [];

        public float Cost { get; set; }
    }
}
