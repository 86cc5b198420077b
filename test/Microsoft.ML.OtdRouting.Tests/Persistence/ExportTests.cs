using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>A router as one ONNX graph, run by ONNX Runtime beside the transformer.</summary>
public class ExportTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void The_graph_agrees_with_the_transformer_on_every_route() => AssertAgrees(colours.Router, ExportedImageFormat.PlanarFloat);

    [Fact]
    public void The_graph_takes_interleaved_bytes() => AssertAgrees(colours.Router, ExportedImageFormat.InterleavedByte);

    [Fact]
    public void Preprocessing_goes_into_the_graph()
    {
        var preprocessing = new ImagePreprocessing
        {
            Scale = 0.5f, Mean = [10, 20, 30], StandardDeviation = [0.5f, 0.4f, 0.6f], ChannelOrder = ChannelOrder.Bgr,
        };
        var resolutions = ColourModels.Sizes
            .Select(s => new Resolution(Path.Combine(colours.Folder, $"colour-{s}.onnx"), s) { Preprocessing = s == 8 ? preprocessing : ImagePreprocessing.None })
            .ToArray();
        using var router = colours.Fit(colours.OptionsWith(resolutions)).Router;
        AssertAgrees(router, ExportedImageFormat.PlanarFloat);
    }

    [Fact]
    public void Models_that_give_probabilities_and_budgets_set_later_go_into_the_graph()
    {
        var resolutions = ColourModels.Sizes
            .Select(s => new Resolution(ColourModels.Write(colours.Folder, s, $"softmax-{s}", softmax: true), s) { OutputKind = ModelOutputKind.Probabilities })
            .ToArray();
        using var router = colours.Fit(colours.OptionsWith(resolutions)).Router;
        using var other = router.WithBudget(ComputeBudget.FractionOfLargest(0.9));
        AssertAgrees(other, ExportedImageFormat.PlanarFloat);
    }

    [Fact]
    public void Models_whose_nodes_have_no_names_go_into_the_graph()
    {
        var resolutions = ColourModels.Sizes.Select(size =>
        {
            var graph = ColourModels.Classifier(size);
            foreach (var node in graph.Graph.Node)
            {
                node.Name = "";
            }

            return new Resolution(graph.Save(colours.Folder, $"nameless-{size}"), size);
        });
        using var router = colours.Fit(colours.OptionsWith([.. resolutions])).Router;
        AssertAgrees(router, ExportedImageFormat.PlanarFloat);
    }

    [Fact]
    public void Only_the_chosen_branch_runs()
    {
        var resolutions = ColourModels.Sizes
            .Select(s => new Resolution(s == ColourPictures.Side ? ColourModels.WriteTripping(colours.Folder, s) : Path.Combine(colours.Folder, $"colour-{s}.onnx"), s))
            .ToArray();
        // No fitting picture is bright enough to trip the largest model; every test picture is.
        var fitting = colours.Load(ColourPictures.Rows(ColourRouter.FittingRows, seed: 1, brightest: 200));
        using var router = colours.Fit(colours.OptionsWith(resolutions), fitting).Router;
        using var session = Export(router, ExportedImageFormat.PlanarFloat);
        int skipped = 0, tripped = 0;
        foreach (var row in ColourPictures.Rows(200, seed: 9, brightest: 200))
        {
            row.Image[5] = 255;
            var route = Route(router, row);
            if (router.Routes[route].Resolutions.Contains(2))
            {
                Assert.ThrowsAny<OnnxRuntimeException>(() => Run(session, router, ExportedImageFormat.PlanarFloat, row.Image));
                tripped++;
            }
            else
            {
                Assert.Equal(route, (int)Run(session, router, ExportedImageFormat.PlanarFloat, row.Image).Route);
                skipped++;
            }
        }

        Assert.True(skipped > 20, $"{skipped} rows went elsewhere");
        Assert.True(tripped > 5, $"{tripped} rows went to the largest model");
    }

    [Fact]
    public void The_graph_agrees_on_real_pictures()
    {
        var ml = new MLContext(1);
        var options = new OtdResolutionRouter.Options { Task = new ClassificationTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames }, Budget = ComputeBudget.FractionOfLargest(0.5) };
        foreach (var size in FashionPictures.Sizes)
        {
            options.Resolutions.Add(new Resolution(FashionPictures.ModelFile(size), size));
        }

        var images = ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
            .Append(ml.Transforms.Conversion.MapValueToKey("Key", nameof(FashionPicture.Label)));
        var fitting = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(400));
        var reader = images.Fit(fitting);
        using var router = ml.OtdRouting().Route(options).Fit(reader.Transform(fitting));
        var test = FashionPictures.Test(200);
        var expected = RoutedValues.Read(router.Transform(reader.Transform(ml.Data.LoadFromEnumerable(test))));
        using var session = Export(router, ExportedImageFormat.PlanarFloat);
        for (var i = 0; i < test.Count; i++)
        {
            using var image = MLImage.CreateFromFile(test[i].Path);
            var planes = new float[3 * 28 * 28];
            new PixelReader(28, 28, ImageFit.CenterCrop).Read(image, planes);
            var actual = Run(session, router, ExportedImageFormat.PlanarFloat, planes);
            Assert.Equal(expected.Routes[i] - 1, (uint)actual.Route);
            AssertClose(expected.Scores[i], actual.Score, 1e-4f);
        }
    }

    [Fact]
    public void Models_of_different_operator_sets_are_named()
    {
        var other = ColourModels.Classifier(8).ToModel();
        other.OpsetImport[0].Version++;
        var file = Path.Combine(colours.Folder, "other-opset.onnx");
        File.WriteAllBytes(file, other.ToByteArray());
        var resolutions = ColourModels.Sizes
            .Select(s => new Resolution(s == 8 ? file : Path.Combine(colours.Folder, $"colour-{s}.onnx"), s))
            .ToArray();
        using var router = colours.Fit(colours.OptionsWith(resolutions)).Router;
        var error = Assert.Throws<NotSupportedException>(() => router.ExportToOnnx(Stream.Null));
        Assert.Contains("other-opset", error.Message);
        Assert.Contains("colour-4", error.Message);
        Assert.Equal(error.Message, Assert.Throws<NotSupportedException>(() => colours.Context.OtdRouting().RequireOneGraph(resolutions)).Message);
        colours.Context.OtdRouting().RequireOneGraph(colours.Resolutions.ToList());
    }

    [Fact]
    public void The_graph_says_what_it_is_made_of()
    {
        using var stream = new MemoryStream();
        colours.Router.ExportToOnnx(stream);
        using var session = new InferenceSession(stream.ToArray());
        var metadata = session.ModelMetadata.CustomMetadataMap;
        string Get(string key) => metadata["Microsoft.ML.OtdRouting." + key];
        Assert.StartsWith("0.", Get("version"));
        Assert.Equal("Flops", Get("costUnit"));
        Assert.Equal(colours.Router.Budget, Number(Get("budget")));
        Assert.Equal(colours.Router.Routes.Select(r => r.Name), Get("routes").Split(';'));
        Assert.Equal(colours.Router.Routes.Select(r => r.Cost), Get("costs").Split(';').Select(Number));
        Assert.Equal(colours.Router.PlannedShares, Get("shares").Split(';').Select(Number));
        foreach (var resolution in colours.Resolutions)
        {
            var hash = Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(resolution.ModelFile))).ToLowerInvariant();
            Assert.Equal($"{Path.GetFileName(resolution.ModelFile)} sha256:{hash}", Get($"model.{resolution.Name}"));
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private void AssertAgrees(OtdRoutingTransformer router, ExportedImageFormat format)
    {
        var rows = ColourPictures.Rows(200, seed: 3);
        var expected = RoutedValues.Read(router.Transform(colours.WithKeys(colours.Load(rows))));
        using var session = Export(router, format);
        for (var i = 0; i < rows.Count; i++)
        {
            var actual = Run(session, router, format, rows[i].Image);
            Assert.Equal(expected.Routes[i] - 1, (uint)actual.Route);
            Assert.Equal(expected.Costs[i], actual.Cost);
            AssertClose(expected.Scores[i], actual.Score, 1e-5f);
            // The logarithm of the doubt, a feature, magnifies rounding where the cheapest resolution is all but certain.
            AssertClose(expected.RouteScores[i], actual.RouteScores, 1e-4f);
        }

        Assert.True(expected.Routes.Distinct().Count() > 1, "All rows took one route.");
    }

    private int Route(OtdRoutingTransformer router, ColourRow row)
    {
        var view = router.Transform(colours.Context.Data.LoadFromEnumerable([row]));
        return (int)view.GetColumn<uint>("Route").Single() - 1;
    }

    private static InferenceSession Export(OtdRoutingTransformer router, ExportedImageFormat format)
    {
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream, format);
        return new InferenceSession(stream.ToArray());
    }

    private static (float[] Score, long Route, float[] RouteScores, float Cost) Run(
        InferenceSession session, OtdRoutingTransformer router, ExportedImageFormat format, float[] planes)
    {
        var side = (int)Math.Sqrt(planes.Length / 3);
        using var input = format == ExportedImageFormat.PlanarFloat
            ? OrtValue.CreateTensorValueFromMemory(planes, [1, 3, side, side])
            : OrtValue.CreateTensorValueFromMemory(Interleave(planes), [1, side, side, 3]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [input], ["Score", "Route", "RouteScores", "Cost"]);
        return (
            outputs[0].GetTensorDataAsSpan<float>().ToArray(),
            outputs[1].GetTensorDataAsSpan<long>()[0],
            outputs[2].GetTensorDataAsSpan<float>().ToArray(),
            outputs[3].GetTensorDataAsSpan<float>()[0]);
    }

    private static byte[] Interleave(float[] planes)
    {
        var plane = planes.Length / 3;
        var bytes = new byte[planes.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)planes[((i % 3) * plane) + (i / 3)];
        }

        return bytes;
    }

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.InRange(actual[i], expected[i] - tolerance, expected[i] + tolerance);
        }
    }
}
