using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Forms in which models come: each variant of the colour models must route as the plain ones do.</summary>
public sealed class ModelVariantsTests(ColourRouter colours) : IClassFixture<ColourRouter>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Models_with_a_batch_of_one()
    {
        var resolutions = ColourModels.Sizes.Select(size => new Resolution(ColourModels.Write(_folder.Path, size, $"single-{size}", batch: 1), size));
        AssertLikeShared(colours.OptionsWith([.. resolutions]));
    }

    [Fact]
    public void Models_that_give_probabilities()
    {
        var resolutions = ColourModels.Sizes.Select(size =>
            new Resolution(ColourModels.Write(_folder.Path, size, $"softmax-{size}", softmax: true), size) { OutputKind = ModelOutputKind.Probabilities });
        // The last bits of the outputs differ, and so do the prices.
        AssertLikeShared(colours.OptionsWith([.. resolutions]), tolerance: 2e-3f, sameRoutes: 0.9);
    }

    [Fact]
    public void One_file_of_free_size_serves_several_resolutions()
    {
        var file = ColourModels.Classifier(0).Save(_folder.Path, "free");
        var (keys, router) = colours.Fit(colours.OptionsWith([.. ColourModels.Sizes.Select(size => new Resolution(file, size))]));
        using (router)
        {
            Assert.Equal(["4", "4+8+16"], [router.Routes[0].Name, router.Routes[^1].Name]);
            Assert.All(router.Routes, route => Assert.Equal(route.Resolutions.Sum(r => ColourModels.Flops(ColourModels.Sizes[r])), route.Cost));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(keys.Transform(colours.Load(ColourPictures.Rows(200, seed: 2)))), ColourRouter.Keyed);
            Assert.InRange(metrics.Quality, 0.5, 1);
        }
    }

    [Fact]
    public void Preprocessing_that_undoes_what_the_model_expects()
    {
        // The same function of the pixels, from a model that wants interleaved blue-green-red between −1 and 1.
        var resolutions = ColourModels.Sizes.Select(size =>
        {
            var graph = ColourModels.Classifier(size);
            graph.Graph.Input.Clear();
            graph.Input("bgr", -1, size, size, 3).Integers("swap", 2, 1, 0).Constant("half", [], 127.5f);
            var nodes = graph.Graph.Node.ToList();
            graph.Graph.Node.Clear();
            graph.Node("Gather", ["bgr", "swap"], "rgb", ("axis", 3)).Node("Transpose", ["rgb"], "planes", ("perm", new long[] { 0, 3, 1, 2 }))
                .Node("Mul", ["planes", "half"], "scaled").Node("Add", ["scaled", "half"], "image");
            graph.Graph.Node.AddRange(nodes);
            return new Resolution(graph.Save(_folder.Path, $"bgr-{size}"), size)
            {
                Preprocessing = new ImagePreprocessing
                {
                    Scale = 1 / 127.5f, Mean = [1, 1, 1], ChannelOrder = ChannelOrder.Bgr, Layout = PixelLayout.Interleaved,
                },
            };
        });
        // The last bits of the outputs differ, and so do the prices.
        AssertLikeShared(colours.OptionsWith([.. resolutions]), tolerance: 2e-3f, sameRoutes: 0.9);
    }

    [Fact]
    public void Outputs_and_inputs_are_found_by_name()
    {
        var resolutions = ColourModels.Sizes.Select(size =>
        {
            // An output that is not the classes comes first.
            var graph = ColourModels.Classifier(size);
            var logits = graph.Graph.Output.Single();
            graph.Graph.Output.Clear();
            graph.Output("means").Graph.Output.Add(logits);
            return new Resolution(graph.Save(_folder.Path, $"two-{size}"), size) { InputName = "image", OutputName = "logits" };
        });
        AssertLikeShared(colours.OptionsWith([.. resolutions]));
    }

    [Fact]
    public void An_embedding_is_a_feature_unless_it_is_refused()
    {
        Resolution[] Resolutions(string? embedding) => ColourModels.Sizes.Select(size =>
        {
            var graph = ColourModels.Classifier(size).Node("Identity", ["means"], "embedding").Output("embedding");
            return new Resolution(graph.Save(_folder.Path, $"embedding-{size}"), size) { EmbeddingName = embedding };
        }).ToArray();
        AssertLikeShared(colours.OptionsWith(Resolutions("")));
        var (_, router) = colours.Fit(colours.OptionsWith(Resolutions(null)));
        using (router)
        {
            Assert.NotEqual(colours.Router.RoutePrices, router.RoutePrices);
        }
    }

    [Fact]
    public void Rectangular_resolutions()
    {
        string Model(int height, int width) => new TinyGraph().Input("image", -1, 3, height, width).Constant("w", [3, 3], 1, 0, 0, 0, 1, 0, 0, 0, 1)
            .Node("GlobalAveragePool", ["image"], "pooled").Node("Flatten", ["pooled"], "means").Node("Gemm", ["means", "w"], "logits").Output("logits")
            .Save(_folder.Path, $"rectangle-{height}-{width}");
        var (keys, router) = colours.Fit(colours.OptionsWith(
            new Resolution(Model(4, 8), 4, 8) { Flops = 100 }, new Resolution(Model(16, 16), 16) { Flops = 300, Name = "full" }));
        using (router)
        {
            Assert.Equal(["4x8", "4x8+full"], router.Routes.Select(r => r.Name));
            Assert.Equal(50, RoutedValues.Read(router.Transform(keys.Transform(colours.Load(ColourPictures.Rows(50, seed: 2))))).Rows);
        }
    }

    [Theory]
    [InlineData(nameof(RoutingLoss.CrossEntropy))]
    [InlineData(nameof(RoutingLoss.ZeroOne))]
    [InlineData(nameof(RoutingLoss.ExpectedError))]
    public void Every_loss_gives_a_router_that_meets_its_budget(string loss)
    {
        var options = colours.Options();
        options.Classification().Loss = (RoutingLoss)typeof(RoutingLoss).GetProperty(loss)!.GetValue(null)!;
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(keys.Transform(colours.Fitting)), ColourRouter.Keyed);
            Assert.InRange(metrics.BudgetError, -0.5, 0.02);
            Assert.InRange(metrics.Quality, 0.6, 1);
        }
    }

    [Fact]
    public void A_loss_of_the_user_s_that_is_not_finite_is_named()
    {
        var options = colours.Options();
        options.Classification().Loss = RoutingLoss.Custom("strange", (_, _, _) => float.NaN);
        var e = Assert.Throws<InvalidOperationException>(() => colours.Fit(options));
        Assert.Contains("'strange'", e.Message);
        Assert.Contains("row 0", e.Message);
    }

    [Fact]
    public void Black_and_white_pictures_are_routed_like_others()
    {
        var rows = ColourPictures.Rows(400, seed: 8);
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Image.Length; i++)
            {
                row.Image[i] = row.Image[i] < 115 ? 0 : 255;
            }
        }

        var (keys, router) = colours.Fit(data: colours.Load(rows));
        using (router)
        {
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(keys.Transform(colours.Load(rows))), ColourRouter.Keyed);
            Assert.InRange(metrics.MeanCost / router.Budget, 0.5, 1.03);
            Assert.InRange(metrics.RouteShares.Max(), 0, 0.95);
        }
    }

    private void AssertLikeShared(OtdResolutionRouter.Options options, float tolerance = 1e-5f, double sameRoutes = 0.98)
    {
        // All routes of one router: which mix is better may hang on the last bits.
        var shared = colours.Options();
        shared.Fitting.PruneRoutes = options.Fitting.PruneRoutes = false;
        var (_, router) = colours.Fit(options);
        using var like = colours.Fit(shared).Router;
        using (router)
        {
            Assert.Equal(like.Routes.Select(r => r.Name), router.Routes.Select(r => r.Name));
            var expected = RoutedValues.Read(like.Transform(colours.Test()));
            var found = RoutedValues.Read(router.Transform(colours.Test()));
            var sameRoute = 0;
            for (var row = 0; row < expected.Rows; row++)
            {
                if (expected.Routes[row] != found.Routes[row])
                {
                    continue;
                }

                sameRoute++;
                for (var c = 0; c < 3; c++)
                {
                    Assert.Equal(expected.Scores[row][c], found.Scores[row][c], tolerance);
                }
            }

            Assert.InRange(sameRoute, sameRoutes * expected.Rows, expected.Rows);
        }
    }
}
