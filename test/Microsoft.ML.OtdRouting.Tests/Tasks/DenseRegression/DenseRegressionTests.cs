using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

/// <summary>The task goes the whole way: fitted, routed, compared, saved, loaded, exported, asked row by row.</summary>
public sealed class DenseRegressionTests(Hills hills) : IClassFixture<Hills>
{
    private static readonly DenseRegressionTask Targeted = new() { TargetColumnName = "Height" };

    [Fact]
    public void Maps_come_out_at_the_largest_size_and_are_measured_as_they_are_compared()
    {
        var test = hills.Load(Hills.Rows(120, seed: 2));
        var scored = hills.Router.Transform(test);
        Assert.Equal([Hills.Height, Hills.Width], ((VectorDataViewType)scored.Schema["Prediction"].Type).Dimensions.ToArray());
        var metrics = hills.Context.OtdRouting().Evaluate(scored, Targeted);
        var compared = hills.Context.OtdRouting().Compare(hills.Router, test);
        // So small a map is kept whole, so both are measured on all pixels.
        Assert.Equal(["1 - AbsRel", "AbsRel", "RMSE", "delta < 1.25"], metrics.Measures.Select(m => m.Name));
        Assert.Equal(metrics.Measures.Select(m => m.Name), compared.Metrics.Measures.Select(m => m.Name));
        Assert.All(metrics.Measures.Zip(compared.Metrics.Measures), m => Assert.Equal(m.First.Value, m.Second.Value, 1e-5));
        Assert.Equal(metrics.RouteShares, compared.Metrics.RouteShares);
        Assert.True(metrics.RouteShares.Count(s => s > 0.05) > 1, string.Join(' ', metrics.RouteShares));

        Assert.All(metrics.Measures.Index(), m => Assert.Equal(
            m.Item.Value,
            compared.RouteMeasures.Zip(compared.Metrics.RouteShares).Where(r => r.Second > 0).Sum(r => r.Second * r.First[m.Index].Value),
            1e-5));
        Assert.Null(compared.Found);

        // By hand, of the maps that came out.
        var (maps, truths) = (scored.GetColumn<float[]>("Prediction").ToArray(), scored.GetColumn<float[]>("Height").ToArray());
        var relative = maps.Zip(truths, (p, t) => p.Zip(t, (a, b) => Math.Abs(a - b) / b).Average()).Average();
        Assert.Equal(relative, metrics.Measures[1].Value, 1e-5);
        Assert.Equal(1 - relative, metrics.Quality, 1e-5);

        Assert.InRange(compared.Metrics.Quality, compared.StaticMix.Quality + 1e-4, 1);
        Assert.True(double.IsFinite(compared.Cascade.Quality) && double.IsFinite(compared.CalibratedCascade.Quality));
        Assert.InRange(compared.Metrics.Quality, 0, compared.Oracle.Quality + 1e-3);
        // The smallest model's unit is found; as it is, it is far off.
        var smallest = compared.Routes.Single(r => r.Name == hills.Resolutions[0].Name);
        Assert.True(smallest.Quality > compared.Resolutions[0].Quality + 0.1, $"{smallest.Quality} {compared.Resolutions[0].Quality}");
    }

    [Fact]
    public void Rows_without_a_true_value_are_left_out_of_every_policy()
    {
        var (known, some) = (Hills.Rows(120, seed: 2), Hills.Rows(120, seed: 2));
        for (var i = 0; i < some.Count; i += 3)
        {
            Array.Clear(some[i].Height);
        }

        var compared = hills.Context.OtdRouting().Compare(hills.Router, hills.Load(some));
        PolicyResult[] policies =
            [.. compared.Resolutions, .. compared.Routes, compared.LargestCalibrated, compared.StaticMix, compared.Cascade, compared.CalibratedCascade, compared.CostPenalty!, compared.Oracle];
        Assert.All(policies, p => Assert.Equal(compared.Metrics.Quality - p.Quality, p.Difference, 1e-6));
        var alone = hills.Context.OtdRouting().Compare(hills.Router, hills.Load([.. known.Where((_, i) => i % 3 != 0)]));
        Assert.Equal(alone.Metrics.Quality, compared.Metrics.Quality, 1e-9);
        Assert.All(alone.Resolutions.Zip(compared.Resolutions), r => Assert.Equal(r.First.Quality, r.Second.Quality, 1e-9));
    }

    [Fact]
    public void Smooth_pictures_stay_small_and_checkered_ones_do_not()
    {
        var costs = hills.Router.Transform(hills.Load(Hills.Rows(120, seed: 3))).GetColumn<float>("Cost").ToArray();
        var (smooth, checkered) = (costs.Where((_, i) => i % 2 == 0).Average(), costs.Where((_, i) => i % 2 == 1).Average());
        Assert.True(checkered > 1.5 * smooth, $"{smooth} {checkered}");
    }

    [Fact]
    public void A_saved_router_answers_the_same_and_its_graph_nearly_so()
    {
        using var folder = new ScratchFolder();
        var test = hills.Load(Hills.Rows(80, seed: 4));
        var expected = hills.Router.Transform(test);
        var (maps, routes, scores) = Read(expected);
        hills.Context.OtdRouting().Save(hills.Router, test.Schema, folder.File("model.zip"));
        using var loaded = hills.Context.OtdRouting().Load(folder.File("model.zip"), out _);
        var router = loaded.OfType<OtdRoutingTransformer>().Single();
        var (again, sameRoutes, sameScores) = Read(router.Transform(test));
        Assert.Equal(maps, again);
        Assert.Equal(routes, sameRoutes);
        Assert.Equal(scores, sameScores);
        var (before, after) = (hills.Context.OtdRouting().Compare(hills.Router, test), hills.Context.OtdRouting().Compare(router, test));
        Assert.Equal(before.Metrics.Measures, after.Metrics.Measures);
        Assert.Equal(before.Cascade, after.Cascade);

        using var session = Export(hills.Router);
        var rows = Hills.Rows(80, seed: 4);
        for (var i = 0; i < rows.Count; i++)
        {
            AssertSame(maps[i], routes[i], scores[i], Run(session, rows[i].Image));
        }

        // Without this library: the graph alone, in ML.NET's own transformers.
        var plain = PlainModel.Load(hills.Context, folder.File("model.zip"), out _).Transform(test).GetColumn<float[]>("Prediction").ToArray();
        Assert.All(maps.Zip(plain), m => Assert.All(m.First.Zip(m.Second), p => Assert.Equal(p.First, p.Second, 1e-4f)));
    }

    [Fact]
    public void Pictures_one_by_one_equal_the_batch()
    {
        var rows = Hills.Rows(30, seed: 5);
        var (maps, _, _) = Read(hills.Router.Transform(hills.Load(rows)));
        using var engine = hills.Context.Model.CreatePredictionEngine<HillRow, HillPrediction>(hills.Router, new PredictionEngineOptions { OwnsTransformer = false });
        for (var i = 0; i < rows.Count; i++)
        {
            Assert.Equal(maps[i], engine.Predict(rows[i]).Prediction);
        }
    }

    [Theory]
    [InlineData(DenseLoss.AbsoluteRelative)]
    [InlineData(DenseLoss.SquaredLogarithm)]
    [InlineData(DenseLoss.Squared)]
    public void Every_loss_fits_with_and_without_targets_and_goes_into_a_graph(DenseLoss loss)
    {
        foreach (var target in new[] { "Height", null })
        {
            var task = new DenseRegressionTask { TargetColumnName = target, Loss = loss, KeptPixels = 64 };
            using var router = hills.Fit(task);
            var rows = Hills.Rows(60, seed: 6);
            var compared = hills.Context.OtdRouting().Compare(router, hills.Load(rows));
            Assert.Equal(loss == DenseLoss.Squared ? "1 - squared error" : "1 - AbsRel", compared.Metrics.QualityName.Replace(" to the largest", ""));
            Assert.Equal(target is null, compared.Metrics.QualityName.EndsWith(" to the largest", StringComparison.Ordinal));
            Assert.True(compared.Metrics.Quality > compared.StaticMix.Quality, $"{loss} {target}: {compared.Metrics.Quality} {compared.StaticMix.Quality}");
            if (target is null)
            {
                Assert.Equal(1, compared.Resolutions[^1].Quality, 1e-6);
            }

            var (maps, routes, scores) = Read(router.Transform(hills.Load(rows)));
            using var session = Export(router);
            for (var i = 0; i < rows.Count; i++)
            {
                AssertSame(maps[i], routes[i], scores[i], Run(session, rows[i].Image));
            }
        }
    }

    [Fact]
    public void Pixels_without_a_value_count_nowhere()
    {
        // What is hidden behind the mark is far from the truth: a fit that read it would follow it.
        var (rows, holed) = (Hills.Rows(200, seed: 7), Hills.Rows(200, seed: 7));
        for (var i = 0; i < holed.Count; i++)
        {
            for (var p = 0; p < holed[i].Height.Length; p++)
            {
                (rows[i].Height[p], holed[i].Height[p]) = p % 3 != 0 ? (rows[i].Height[p], rows[i].Height[p])
                    : i % 2 == 0 ? (float.NaN, 77) : (77, float.NaN);
            }
        }

        var task = new DenseRegressionTask { TargetColumnName = "Height", MissingTarget = 77 };
        using var first = hills.Fit(task, rows);
        using var second = hills.Fit(task, holed);
        Assert.Equal(first.RoutePrices, second.RoutePrices);
        var (one, two) = (hills.Context.OtdRouting().Compare(first, hills.Load(rows)), hills.Context.OtdRouting().Compare(second, hills.Load(holed)));
        Assert.Equal(one.Metrics.Measures, two.Metrics.Measures);
        Assert.InRange(one.Metrics.Quality, 0.8, 1);
    }

    [Fact]
    public void Rows_without_any_value_are_left_out_of_the_measures()
    {
        var rows = Hills.Rows(200, seed: 8);
        foreach (var row in rows.Where((_, i) => i % 4 == 0))
        {
            Array.Clear(row.Height);
        }

        using var router = hills.Fit(new DenseRegressionTask { TargetColumnName = "Height" }, rows);
        var compared = hills.Context.OtdRouting().Compare(router, hills.Load(rows));
        var known = hills.Context.OtdRouting().Evaluate(router.Transform(hills.Load(rows)), Targeted);
        Assert.Equal(known.Quality, compared.Metrics.Quality, 1e-5);
        Assert.All(rows, row => Array.Clear(row.Height));
        Assert.Contains("'Height'", Assert.Throws<ArgumentException>(() => hills.Fit(new DenseRegressionTask { TargetColumnName = "Height" }, rows)).Message);
        Assert.True(double.IsNaN(hills.Context.OtdRouting().Evaluate(router.Transform(hills.Load(rows)), Targeted).Quality));
    }

    [Fact]
    public void A_promise_about_the_relative_error_is_kept()
    {
        var options = hills.Options(new DenseRegressionTask { TargetColumnName = "Height" });
        options.Budget = null;
        options.Quality = QualityTarget.WithinLargest(1);
        using var router = hills.Context.OtdRouting().Route(options).Fit(hills.Load(Hills.Rows(1500, seed: 9)));
        var compared = hills.Context.OtdRouting().Compare(router, hills.Load(Hills.Rows(400, seed: 10)));
        Assert.InRange(compared.Metrics.Quality, compared.Resolutions[^1].Quality - 0.01, 1);

        options.Task = new DenseRegressionTask { Loss = DenseLoss.Squared };
        Assert.Throws<NotSupportedException>(() => hills.Context.OtdRouting().Route(options).Fit(hills.Load(Hills.Rows(100, seed: 9))));
    }

    private static (float[][] Maps, uint[] Routes, float[][] Scores) Read(IDataView scored) =>
        ([.. scored.GetColumn<float[]>("Prediction")], [.. scored.GetColumn<uint>("Route")], [.. scored.GetColumn<float[]>("RouteScores")]);

    private static void AssertSame(float[] map, uint route, float[] scores, (float[] Map, long Route, float[] Scores) graph)
    {
        Assert.All(scores.Zip(graph.Scores), p => Assert.Equal(p.First, p.Second, 1e-4f));
        // Two routes whose maps are the same, a member of one of them having no weight, are worth the same: rounding chooses between them.
        Assert.True(route == graph.Route + 1 || scores[route - 1] - scores[graph.Route] < 1e-6f, $"{route} {graph.Route + 1}: {string.Join(' ', scores)}");
        Assert.All(map.Zip(graph.Map), p => Assert.Equal(p.First, p.Second, 1e-4f));
    }

    private static InferenceSession Export(OtdRoutingTransformer router)
    {
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream);
        return new InferenceSession(stream.ToArray());
    }

    private static (float[] Map, long Route, float[] Scores) Run(InferenceSession session, float[] planes)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(planes, [1, 3, Hills.Height, Hills.Width]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [input], ["Prediction", "Route", "RouteScores"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<long>()[0], outputs[2].GetTensorDataAsSpan<float>().ToArray());
    }
}
