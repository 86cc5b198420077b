using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Tests.Persistence;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Routers of two parts, the whole way: where one resolution alone serves a share of the images, beside a choice or beside another.</summary>
public class MixedRouterTests(MixedRouterTests.Routers routers) : IClassFixture<MixedRouterTests.Routers>
{
    public static TheoryData<string, double, string> Mixes => new()
    {
        { "seeing", 0.6, "4 first, 4 routes; 16 alone" },
        { "blind", 0.16, "4 alone; 8 alone" },
        { "blind", 0.9, "8 first, 2 routes; 16 alone" },
    };

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Parts_are_those_of_the_content_and_their_plan_meets_the_budget(string models, double budget, string parts)
    {
        using var router = routers.At(models, budget);
        Assert.Equal(parts, string.Join("; ", router.Parts.Select(p => $"{p.FirstLook} {(p.IsAlone ? "alone" : $"first, {p.Routes.Count} routes")}")));
        Assert.Equal(1, router.Parts.Sum(p => p.Share), 1e-9);
        Assert.Equal(1, router.PlannedShares.Sum(), 1e-9);
        Assert.Equal(router.Budget, router.Parts.Sum(p => p.Share * p.MeanCost), router.Budget * 1e-3);
        Assert.Equal(router.Parts.Sum(p => p.Routes.Count), router.Routes.Count);
        var rows = ColourPictures.Rows(200, seed: 3);
        var values = RoutedValues.Read(router.Transform(routers.Colours.Load(rows)));
        var end = (int)Math.Round(router.Parts[0].Share * RowPlace.Modulus);
        var served = new int[2];
        for (var row = 0; row < rows.Count; row++)
        {
            var part = RowPlace.Of(rows[row].Image, 5).Position < end ? 0 : 1;
            served[part]++;
            Assert.Contains(router.Routes[(int)values.Routes[row] - 1].Name, router.Parts[part].Routes);
            Assert.Equal(router.Parts[part].Routes.Count, values.RouteScores[row].Count(float.IsFinite));
        }

        Assert.All(served, n => Assert.InRange(n, 1, 199));
    }

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Pictures_one_by_one_and_the_graph_take_the_routes_of_the_batch(string models, double budget, string parts)
    {
        using var router = routers.At(models, budget);
        Assert.Equal(parts.Split(';').Length, router.Parts.Count);
        var rows = ColourPictures.Rows(250, seed: 4);
        var expected = RoutedValues.Read(router.Transform(routers.Colours.Load(rows)));
        using var engine = routers.Colours.Context.Model.CreatePredictionEngine<ColourRow, Prediction>(router, new PredictionEngineOptions { OwnsTransformer = false });
        using var graph = new ExportedRouter(router, ColourPictures.Side);
        for (var row = 0; row < rows.Count; row++)
        {
            var one = engine.Predict(rows[row]);
            Assert.Equal((expected.Routes[row], expected.Costs[row]), (one.Route, one.Cost));
            AssertClose(expected.Scores[row], one.Score, 1e-5f);
            var exported = graph.Run(rows[row].Image);
            Assert.Equal(expected.Routes[row], (uint)exported.Route + 1);
            Assert.Equal(expected.Costs[row], exported.Cost);
            AssertClose(expected.Scores[row], exported.Score, 1e-5f);
            AssertClose(expected.RouteScores[row], exported.RouteScores, 1e-4f);
        }
    }

    [Theory]
    [MemberData(nameof(Mixes))]
    public void A_saved_router_comes_back_with_its_parts_and_without_the_package(string models, double budget, string parts)
    {
        using var router = routers.At(models, budget);
        Assert.Equal(parts.Split(';').Length, router.Parts.Count);
        var data = routers.Colours.Load(ColourPictures.Rows(150, seed: 5));
        var expected = RoutedValues.Read(router.Transform(data));
        using var folder = new ScratchFolder();
        routers.Colours.Context.OtdRouting().Save(router, data.Schema, folder.File("model.zip"));
        using var chain = new MLContext().OtdRouting().Load(folder.File("model.zip"), out _);
        var loaded = chain.OfType<OtdRoutingTransformer>().Single();
        RoutedValues.AssertSame(expected, RoutedValues.Read(loaded.Transform(data)));
        Assert.Equal(router.Parts.Select(p => $"{p} {p.MeanCost:R}"), loaded.Parts.Select(p => $"{p} {p.MeanCost:R}"));
        Assert.Equal(router.HeldOutMetrics.MeanCost, loaded.HeldOutMetrics.MeanCost);
        foreach (var other in new[] { 0.16, 0.3, 0.6, 0.9 })
        {
            using var before = router.WithBudget(ComputeBudget.FractionOfLargest(other));
            using var after = loaded.WithBudget(ComputeBudget.FractionOfLargest(other));
            RoutedValues.AssertSame(RoutedValues.Read(before.Transform(data)), RoutedValues.Read(after.Transform(data)));
        }

        var plain = PlainModel.Load(new MLContext(), folder.File("model.zip"), out _).Transform(data);
        Assert.Equal(expected.Routes, plain.GetColumn<uint[]>("Route").Select(r => r.Single()));
        foreach (var (score, found) in expected.Scores.Zip(plain.GetColumn<float[]>("Score")))
        {
            AssertClose(score, found, 1e-3f);
        }
    }

    [Theory]
    [MemberData(nameof(Mixes))]
    public void Windows_keep_to_the_budget(string models, double budget, string parts)
    {
        using var alone = routers.At(models, budget);
        using var router = alone.WithEnforcement(BudgetEnforcement.PerWindow);
        Assert.Equal(parts.Split(';').Length, router.Parts.Count);
        var values = RoutedValues.Read(router.Transform(routers.Colours.Load(ColourPictures.Rows(600, seed: 6))));
        var planned = router.Parts.Sum(p => p.Share * p.MeanCost);
        Assert.InRange(values.Costs.Sum(c => (double)c) - (600 * planned), -router.Routes[^1].Cost, router.Routes[^1].Cost);
        var first = values.Routes.Count(r => router.Parts[0].Routes.Contains(router.Routes[(int)r - 1].Name));
        Assert.Equal(router.Parts[0].Share * 600, first, 1.0);
    }

    [Fact]
    public void Comparisons_know_both_parts()
    {
        using var router = routers.At("seeing", 0.6);
        var test = routers.Colours.Test();
        var comparison = routers.Colours.Context.OtdRouting().Compare(router, test);
        var evaluated = routers.Colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed);
        Assert.Equal(evaluated.MeanCost, comparison.Metrics.MeanCost, evaluated.MeanCost * 1e-6);
        Assert.Equal(evaluated.Quality, comparison.Metrics.Quality, 1e-9);
    }

    [Fact]
    public void A_part_that_is_one_resolution_alone_runs_nothing_else()
    {
        var colours = routers.Colours;
        var options = colours.OptionsWith(ColourModels.Sizes
            .Select(s => new Resolution(s == 4 ? ColourModels.WriteTripping(colours.Folder, s) : Path.Combine(colours.Folder, $"colour-{s}.onnx"), s))
            .ToArray());
        // No fitting picture is bright enough to trip the smallest model; every test picture is.
        using var router = colours.Fit(options, colours.Load(ColourPictures.Rows(ColourRouter.FittingRows, seed: 1, brightest: 200))).Router;
        Assert.Equal(["4", "16"], router.Parts.Select(p => p.FirstLook));
        Assert.Equal([false, true], router.Parts.Select(p => p.IsAlone));
        using var engine = colours.Context.Model.CreatePredictionEngine<ColourRow, Prediction>(router, new PredictionEngineOptions { OwnsTransformer = false });
        using var graph = new ExportedRouter(router, ColourPictures.Side);
        var end = (int)Math.Round(router.Parts[0].Share * RowPlace.Modulus);
        int ran = 0, tripped = 0;
        foreach (var row in ColourPictures.Rows(150, seed: 9, brightest: 200))
        {
            for (var i = 0; i < ColourPictures.Side * ColourPictures.Side; i++)
            {
                // Half of one plane, so that it is as bright where the picture is small.
                row.Image[i] = i % ColourPictures.Side < 8 ? 255 : row.Image[i];
            }

            if (RowPlace.Of(row.Image, 5).Position < end)
            {
                Assert.ThrowsAny<Exception>(() => engine.Predict(row));
                Assert.ThrowsAny<Exception>(() => graph.Run(row.Image));
                tripped++;
            }
            else
            {
                Assert.Equal("16", router.Routes[(int)engine.Predict(row).Route - 1].Name);
                Assert.Equal("16", router.Routes[graph.Run(row.Image).Route].Name);
                ran++;
            }
        }

        Assert.True(ran > 5 && tripped > 50, $"{ran} rows were served by the largest model alone, {tripped} were not");
    }

    private static void AssertClose(float[] expected, float[] found, float tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        foreach (var (e, f) in expected.Zip(found))
        {
            Assert.True(e == f || Math.Abs(e - f) <= tolerance, $"{e} and {f}");
        }
    }

    /// <summary>Routers of models that see, and of models of which the smallest one sees nothing.</summary>
    public sealed class Routers : IDisposable
    {
        private readonly Lazy<OtdRoutingTransformer> _blind;

        public Routers() => _blind = new(() => Colours.Fit(Colours.OptionsWith(
            new Resolution(Blind().Save(Colours.Folder, "blind-4"), 4),
            new Resolution(Path.Combine(Colours.Folder, "colour-8.onnx"), 8),
            new Resolution(Path.Combine(Colours.Folder, "colour-16.onnx"), 16))).Router);

        public ColourRouter Colours { get; } = new();

        public OtdRoutingTransformer At(string models, double budget) =>
            (models == "blind" ? _blind.Value : Colours.Router).WithBudget(ComputeBudget.FractionOfLargest(budget));

        public void Dispose()
        {
            if (_blind.IsValueCreated)
            {
                _blind.Value.Dispose();
            }

            Colours.Dispose();
        }

        private static Models.TinyGraph Blind()
        {
            var graph = ColourModels.Classifier(4);
            var weights = graph.Graph.Initializer.Single(t => t.Name == "weights").FloatData;
            for (var i = 0; i < weights.Count; i++)
            {
                weights[i] = 0;
            }

            return graph;
        }
    }

    private sealed class Prediction
    {
        public float[] Score { get; set; } = [];

        public uint Route { get; set; }

        public float Cost { get; set; }
    }
}
