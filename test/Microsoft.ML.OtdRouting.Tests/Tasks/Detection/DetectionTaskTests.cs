using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>Detection goes the whole way: fitted, routed, measured, compared, saved, loaded, exported.</summary>
public sealed class DetectionTaskTests(SceneRouter scenes) : IClassFixture<SceneRouter>
{
    [Fact]
    public void Small_squares_go_to_the_resolution_that_sees_them()
    {
        var scored = scenes.Router.Transform(scenes.Test);
        var rows = Read(scored);
        var truth = Scenes.Rows(200, seed: 2);
        // Half of the scenes have small squares; the budget pays for the large resolution in more than these.
        for (var i = 0; i < rows.Count; i++)
        {
            var isSmall = Enumerable.Range(0, truth[i].Label.Length).Any(o => truth[i].BoundingBoxes[(4 * o) + 2] - truth[i].BoundingBoxes[4 * o] < 8);
            Assert.True(!isSmall || rows[i].Route.Contains("32", StringComparison.Ordinal), $"row {i}: {rows[i].Route}");
        }

        var metrics = scenes.Context.OtdRouting().Evaluate(scored, scenes.Task());
        Assert.Equal("image AP", metrics.QualityName);
        Assert.InRange(metrics.Quality, 0.97, 1);
        Assert.InRange(metrics["AP"], 0.97, 1);
        Assert.InRange(metrics["AP50"], metrics["AP"], 1);
        Assert.InRange(metrics["recall"], 0.97, 1);
        Assert.Equal(metrics["AP"], metrics["AP small"]);
        Assert.True(double.IsNaN(metrics["AP large"]));
        Assert.InRange((metrics.MeanCost - metrics.PlannedCost) / metrics.CostStandardError, -4, 4);

        var compared = scenes.Context.OtdRouting().Compare(scenes.Router, scenes.Test);
        Assert.Equal(metrics.Quality, compared.Metrics.Quality, 1e-5);
        Assert.Equal(metrics.RouteShares, compared.Metrics.RouteShares);
        Assert.True(compared.Metrics.Quality > compared.StaticMix.Quality + 0.03, $"{compared.Metrics.Quality} {compared.StaticMix.Quality}");
        Assert.InRange(compared.Resolutions[0].Quality, 0.5, 0.95);
        Assert.InRange(compared.Resolutions[1].Quality, 0.97, 1);
        Assert.InRange(compared.Oracle.Quality, compared.Metrics.Quality - 0.01, 1);
    }

    [Fact]
    public void A_comparison_has_the_measures_of_COCO_for_all_rows_and_for_those_of_each_route()
    {
        var ml = scenes.Context.OtdRouting();
        var compared = ml.Compare(scenes.Router, scenes.Test);
        var scored = scenes.Router.Transform(scenes.Test);
        AssertSame(ml.Evaluate(scored, scenes.Task()).Measures, compared.Metrics.Measures);
        var (routes, shares) = ((double)compared.Metrics.RouteNames.Count, compared.Metrics.RouteShares);
        Assert.True(shares.Count(s => s > 0) > 1);
        for (var k = 0; k < shares.Count; k++)
        {
            if (shares[k] > 0)
            {
                var own = scenes.Context.Data.FilterRowsByKeyColumnFraction(scored, "Route", k / routes, (k + 1) / routes);
                AssertSame(ml.Evaluate(own, scenes.Task()).Measures, compared.RouteMeasures[k]);
            }
            else
            {
                Assert.All(compared.RouteMeasures[k], m => Assert.True(double.IsNaN(m.Value)));
            }
        }

        // The comparison has the loss besides.
        static void AssertSame(IReadOnlyList<TaskMeasure> expected, IReadOnlyList<TaskMeasure> found)
        {
            Assert.Equal(expected.Select(m => m.Name), found.Select(m => m.Name).Where(name => name != "AP loss"));
            Assert.All(expected, m => Assert.Equal(m.Value, found.Single(f => f.Name == m.Name).Value, 1e-5));
        }
    }

    [Fact]
    public void Columns_are_those_of_detection_in_ML_NET()
    {
        var schema = scenes.Router.GetOutputSchema(scenes.Test.Schema);
        var floats = Assert.IsType<VectorDataViewType>(schema["PredictedBoundingBoxes"].Type);
        Assert.Equal((NumberDataViewType.Single, false), (floats.ItemType, floats.IsKnownSize));
        var keys = Assert.IsType<VectorDataViewType>(schema["PredictedLabel"].Type);
        Assert.Equal(3ul, Assert.IsType<KeyDataViewType>(keys.ItemType).Count);
        VBuffer<ReadOnlyMemory<char>> names = default;
        schema["PredictedLabel"].GetKeyValues(ref names);
        // The label's own order.
        Assert.Equal(["blue", "red", "green"], names.DenseValues().Select(n => n.ToString()));

        // A chain checks the shapes of all its estimators before it fits.
        var chain = scenes.Context.OtdRouting().Route(scenes.Options()).Append(scenes.Context.Transforms.Conversion.MapKeyToValue("Name", "PredictedLabel"));
        var named = chain.Fit(scenes.Fitting).Transform(scenes.Test);
        Assert.Equal(
            Read(scenes.Router.Transform(scenes.Test)).Select(r => r.Labels.Length), named.GetColumn<ReadOnlyMemory<char>[]>("Name").Select(n => n.Length));

        foreach (var row in Read(scenes.Router.Transform(scenes.Test)))
        {
            Assert.Equal(4 * row.Scores.Length, row.Boxes.Length);
            Assert.Equal(row.Scores.Length, row.Labels.Length);
            Assert.Equal(row.Scores.OrderDescending(), row.Scores);
            Assert.All(row.Scores, s => Assert.InRange(s, 0, 1));
            Assert.All(row.Labels, l => Assert.InRange(l, 1u, 3u));
        }
    }

    [Fact]
    public void Boxes_of_letterboxed_images_are_in_the_pixels_of_the_source()
    {
        var images = Scenes.WideImages(150, seed: 3);
        var rows = scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(images));
        using var router = scenes.Fit(scenes.Options(), rows);
        var test = Scenes.WideImages(60, seed: 4);
        var scored = router.WithBudget(ComputeBudget.FractionOfLargest(1)).Transform(scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(test)));
        Assert.InRange(scenes.Context.OtdRouting().Evaluate(scored, scenes.Task())["AP50"], 0.97, 1);
        var single = scenes.Context.Model.CreatePredictionEngine<SceneImageRow, Found>(router);
        foreach (var (image, row) in test.Zip(Read(router.Transform(scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(test))))).Take(20))
        {
            // One by one as in windows.
            Assert.Equal(row.Boxes, single.Predict(image).PredictedBoundingBoxes);
            Assert.All(Enumerable.Range(0, row.Scores.Length), i => Assert.InRange(row.Boxes[(4 * i) + 2], row.Boxes[4 * i], 64));
            Assert.All(Enumerable.Range(0, row.Scores.Length), i => Assert.InRange(row.Boxes[(4 * i) + 3], row.Boxes[(4 * i) + 1], 32));
        }
    }

    [Fact]
    public async Task A_gate_finds_the_same_in_images_of_another_size()
    {
        var rows = scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(Scenes.WideImages(150, seed: 3)));
        using var router = scenes.Fit(scenes.Options(), rows);
        var test = Scenes.WideImages(30, seed: 4);
        var expected = Read(router.Transform(scenes.Keyed(scenes.Context.Data.LoadFromEnumerable(test))));
        await using var gate = router.CreateGate();
        for (var i = 0; i < test.Count; i++)
        {
            var found = await gate.RouteAsync(test[i].Image!);
            Assert.Equal(expected[i].Scores.Length, (int)found.Answer[0]);
            for (var d = 0; d < expected[i].Scores.Length; d++)
            {
                var one = found.Answer.Skip(1 + (6 * d)).Take(6).ToArray();
                Assert.Equal(expected[i].Boxes.Skip(4 * d).Take(4), one[..4]);
                Assert.Equal((expected[i].Scores[d], expected[i].Labels[d]), (one[4], (uint)one[5] + 1));
            }

            string[] names = ["blue", "red", "green"];
            var counts = expected[i].Labels.GroupBy(l => l).OrderBy(g => g.Key).Select(g => $"{names[g.Key - 1]} × {g.Count()}");
            Assert.Equal(expected[i].Labels.Length == 0 ? "nothing" : string.Join(", ", counts), found.Prediction);
        }
    }

    [Fact]
    public void A_saved_router_finds_the_same()
    {
        using var folder = new ScratchFolder();
        scenes.Context.OtdRouting().Save(scenes.Router, scenes.Test.Schema, folder.File("model.zip"));
        using var loaded = scenes.Context.OtdRouting().Load(folder.File("model.zip"), out _);
        var expected = Read(scenes.Router.Transform(scenes.Test));
        var found = Read(loaded.Transform(scenes.Test));
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(expected[i].Boxes, found[i].Boxes);
            Assert.Equal(expected[i].Scores, found[i].Scores);
            Assert.Equal(expected[i].Labels, found[i].Labels);
            Assert.Equal(expected[i].Route, found[i].Route);
        }

        var router = loaded.OfType<OtdRoutingTransformer>().Single();
        using var dearer = router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        using var same = scenes.Router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        Assert.Equal(same.RoutePrices, dearer.RoutePrices);
        Assert.Equal(scenes.Router.HeldOutMetrics.Quality, router.HeldOutMetrics.Quality);

        // Without this library: the graph routes as the router does, and gives the predictions of the route's last resolution as they are.
        var plain = PlainModel.Load(scenes.Context, folder.File("model.zip"), out _).Transform(scenes.Test);
        var routes = plain.GetColumn<uint[]>("Route").Select(r => scenes.Router.Routes[(int)r[0] - 1].Name).ToArray();
        Assert.Equal(expected.Select(e => e.Route), routes);
        var boxes = plain.GetColumn<float[]>("PredictedBoundingBoxes").ToArray();
        var scores = plain.GetColumn<float[]>("Score").ToArray();
        var labels = plain.GetColumn<uint[]>("PredictedLabel").ToArray();
        for (var i = 0; i < expected.Count; i++)
        {
            Assert.Equal(400, boxes[i].Length);
            Assert.Equal(scores[i].OrderDescending(), scores[i]);
            if (expected[i].Route.Contains('+', StringComparison.Ordinal))
            {
                continue;
            }

            // Squares do not overlap, so that suppression leaves all of them: what the router finds are the first of the predictions.
            Assert.Equal(expected[i].Boxes, boxes[i][..expected[i].Boxes.Length], new Near(1e-3f));
            Assert.Equal(expected[i].Labels, labels[i][..expected[i].Labels.Length]);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Logits_are_read_and_exported_as_scores_are(bool labelFree)
    {
        var task = scenes.Task();
        (task.ScoresAreLogits, task.LabelFree) = (true, labelFree);
        var options = scenes.Options(task, Scenes.Write(scenes.Folder, logits: true));
        var rows = labelFree ? scenes.Context.Transforms.DropColumns("Key", "Label", "BoundingBoxes").Fit(scenes.Fitting).Transform(scenes.Fitting) : scenes.Fitting;
        using var router = scenes.Fit(options, rows);
        using var folder = new ScratchFolder();
        var expected = Read(router.Transform(scenes.Test));
        scenes.Context.Model.Save(router, rows.Schema, folder.File("model.zip"));
        var plain = PlainModel.Load(scenes.Context, folder.File("model.zip"), out _).Transform(scenes.Test);
        Assert.Equal(expected.Select(e => e.Route), plain.GetColumn<uint[]>("Route").Select(r => router.Routes[(int)r[0] - 1].Name));

        // The same squares are found; label-free the keys are those of the models, by name.
        var measured = scenes.Context.OtdRouting().Evaluate(router.Transform(scenes.Test), task);
        Assert.InRange(measured["AP"], 0.9, 1);
    }

    [Fact]
    public void Average_precision_can_be_what_is_lost()
    {
        var task = scenes.Task();
        task.Loss = DetectionLoss.AveragePrecision;
        using var router = scenes.Fit(scenes.Options(task), scenes.Fitting);
        var compared = scenes.Context.OtdRouting().Compare(router.WithBudget(ComputeBudget.FractionOfLargest(1)), scenes.Test);

        // The oracle loses least by what is measured, so it is above everything that pays no more.
        Assert.True(compared.Oracle.Quality >= compared.StaticMix.Quality);
        Assert.Equal(1 - compared.Metrics.Quality, compared.Metrics["AP loss"], 1e-6);

        using var folder = new ScratchFolder();
        scenes.Context.OtdRouting().Save(router, scenes.Test.Schema, folder.File("model.zip"));
        using var loaded = scenes.Context.OtdRouting().Load(folder.File("model.zip"), out _);
        var again = scenes.Context.OtdRouting().Compare(loaded.OfType<OtdRoutingTransformer>().Single(), scenes.Test);
        Assert.Contains(again.Metrics.Measures, m => m.Name == "AP loss");
    }

    [Fact]
    public void Without_a_label_there_is_nothing_to_measure()
    {
        var unlabelled = scenes.Context.Transforms.DropColumns("Key").Fit(scenes.Test).Transform(scenes.Test);
        var metrics = scenes.Context.OtdRouting().Evaluate(scenes.Router.Transform(unlabelled), scenes.Task());
        Assert.All(metrics.Measures, m => Assert.True(double.IsNaN(m.Value)));
    }

    private static List<Row> Read(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Route"].GetKeyValues(ref names);
        var routes = names.DenseValues().Select(n => n.ToString()).ToArray();
        return scored.GetColumn<float[]>("PredictedBoundingBoxes")
            .Zip(scored.GetColumn<uint[]>("PredictedLabel"), scored.GetColumn<float[]>("Score"))
            .Zip(scored.GetColumn<uint>("Route"), (v, route) => new Row(v.First, v.Second, v.Third, routes[route - 1]))
            .ToList();
    }

    private sealed record Row(float[] Boxes, uint[] Labels, float[] Scores, string Route);

    private sealed class Found
    {
        public float[] PredictedBoundingBoxes { get; set; } = [];
    }

    private sealed class Near(float tolerance) : IEqualityComparer<float>
    {
        public bool Equals(float x, float y) => Math.Abs(x - y) <= tolerance;

        public int GetHashCode(float value) => 0;
    }
}
