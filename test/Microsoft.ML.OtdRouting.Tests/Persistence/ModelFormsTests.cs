using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Persistence;

/// <summary>Forms in which models come: a router between them is fitted, saved, loaded with and without this library, and exported.</summary>
public sealed class ModelFormsTests(ColourRouter colours) : IClassFixture<ColourRouter>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(17)]
    public void Models_of_other_operator_sets(int opset) =>
        AssertSurvives([.. ColourModels.Sizes.Select(size => new Resolution(ColourModels.Classifier(size, opset: opset).Save(_folder.Path, $"{opset}-{size}"), size))]);

    [Fact]
    public void Models_whose_constants_are_inputs_too()
    {
        var resolutions = ColourModels.Sizes.Select(size =>
        {
            // As before version 4 of the format.
            var graph = ColourModels.Classifier(size, opset: 11).Input("identity", 3, 3, 1, 1).Input("weights", 3, 3);
            var model = graph.ToModel();
            model.IrVersion = 3;
            var file = _folder.File($"old-{size}.onnx");
            File.WriteAllBytes(file, Google.Protobuf.MessageExtensions.ToByteArray(model));
            return new Resolution(file, size);
        });
        AssertSurvives([.. resolutions]);
    }

    [Fact]
    public void One_file_of_free_size_whose_nodes_have_no_names()
    {
        var file = Nameless(ColourModels.Classifier(0)).Save(_folder.Path, "free");
        AssertSurvives([.. ColourModels.Sizes.Select(size => new Resolution(file, size))]);
    }

    [Fact]
    public void Models_of_a_batch_of_one_whose_nodes_have_no_names() =>
        AssertSurvives([.. ColourModels.Sizes.Select(size => new Resolution(Nameless(ColourModels.Classifier(size, batch: 1)).Save(_folder.Path, $"one-{size}"), size))]);

    [Fact]
    public void Models_of_half_precision() =>
        AssertSurvives([.. ColourModels.Sizes.Select(size => new Resolution(ColourModels.Half(size).Save(_folder.Path, $"half-{size}"), size))]);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Models_with_weights_of_half_precision(bool halfInput)
    {
        var resolutions = ColourModels.Sizes.Select(size => new Resolution(ColourModels.HalfWeights(size, halfInput).Save(_folder.Path, $"weights-{size}"), size));
        // Graphs are optimised one by one, and halves are rounded where each of them wants it.
        AssertSurvives([.. resolutions], tolerance: 1e-2f);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Models_with_a_background(int background, bool softmax)
    {
        var resolutions = ColourModels.Sizes.Select(size => new Resolution(ColourModels.WithBackground(size, background, softmax).Save(_folder.Path, $"background-{size}"), size)
        {
            OutputKind = softmax ? ModelOutputKind.Probabilities : ModelOutputKind.Logits,
        });
        AssertSurvives([.. resolutions], background);
    }

    [Fact]
    public void Models_with_and_without_a_background() => AssertSurvives(
        [colours.Resolutions[0], colours.Resolutions[1], new Resolution(ColourModels.WithBackground(16, 0).Save(_folder.Path, "mixed"), 16)], background: 0);

    [Fact]
    public void What_cannot_be_saved_or_is_slow_is_told_before_a_fit()
    {
        var other = new Resolution(ColourModels.Classifier(16, batch: 1, opset: 17).Save(_folder.Path, "other"), 16);
        var ml = new MLContext(seed: 1);
        List<string> log = [];
        ml.Log += (_, e) => log.Add(e.RawMessage);
        var keyed = ml.Transforms.Conversion.MapValueToKey("Key", "Label").Fit(colours.Fitting).Transform(colours.Fitting);
        ml.OtdRouting().Route(colours.OptionsWith(colours.Resolutions[0], other)).Fit(keyed).Dispose();
        var unsaved = Assert.Single(log, m => m.Contains("neither saved nor exported", StringComparison.Ordinal));
        Assert.All(["'" + other.ModelFile + "' version 17", "onnx.version_converter"], part => Assert.Contains(part, unsaved));
        var slow = Assert.Single(log, m => m.Contains("one image a run", StringComparison.Ordinal));
        Assert.Contains(other.ModelFile, slow);
        Assert.DoesNotContain(colours.Resolutions[0].ModelFile, slow);
        Assert.True(log.FindIndex(m => m.StartsWith("Scored", StringComparison.Ordinal)) > log.IndexOf(unsaved));

        log.Clear();
        ml.OtdRouting().Route(colours.OptionsWith([.. colours.Resolutions])).Fit(keyed).Dispose();
        Assert.DoesNotContain(log, m => m.Contains("neither", StringComparison.Ordinal) || m.Contains("one image a run", StringComparison.Ordinal));
    }

    [Fact]
    public void Operators_before_version_11_cannot_be_exported()
    {
        var old = new Resolution(
            new TinyGraph(10).Input("image", -1, 3, 16, 16).Node("Flatten", ["image"], "logits").Output("logits").Save(_folder.Path, "ten"), 16);
        var e = Assert.Throws<NotSupportedException>(() => colours.Context.OtdRouting().RequireOneGraph([old]));
        Assert.All(["ten.onnx", "version 10", "11 or later", "onnx.version_converter"], part => Assert.Contains(part, e.Message));
    }

    private static TinyGraph Nameless(TinyGraph graph)
    {
        foreach (var node in graph.Graph.Node)
        {
            node.Name = "";
        }

        return graph;
    }

    private void AssertSurvives(Resolution[] resolutions, int? background = null, float tolerance = 1e-4f)
    {
        var options = colours.OptionsWith(resolutions);
        options.Classification().Background = background;
        colours.Context.OtdRouting().RequireOneGraph(resolutions);
        var (keys, router) = colours.Fit(options);
        using (router)
        {
            var test = keys.Transform(colours.Load(ColourPictures.Rows(100, seed: 4)));
            var expected = RoutedValues.Read(router.Transform(test));
            Assert.True(expected.Routes.Distinct().Count() > 1, "All rows took one route.");
            Assert.InRange(colours.Context.OtdRouting().Evaluate(router.Transform(test), ColourRouter.Keyed).Quality, 0.6, 1);

            var file = _folder.File("model.zip");
            colours.Context.OtdRouting().Save(router, test.Schema, file);
            using var loaded = colours.Context.OtdRouting().Load(file, out _);
            RoutedValues.AssertSame(expected, RoutedValues.Read(loaded.OfType<OtdRoutingTransformer>().Single().Transform(test)));

            var elsewhere = PlainModel.Load(colours.Context, file, out _);
            AssertClose(expected.Scores, elsewhere.Transform(test).GetColumn<float[]>("Score"), tolerance);
            (elsewhere as IDisposable)?.Dispose();
            AssertClose(expected.Scores, Exported(router, test.GetColumn<float[]>("Image")), tolerance);
        }
    }

    private static List<float[]> Exported(OtdRoutingTransformer router, IEnumerable<float[]> images)
    {
        using var stream = new MemoryStream();
        router.ExportToOnnx(stream);
        using var session = new InferenceSession(stream.ToArray());
        using var options = new RunOptions();
        return images.Select(image =>
        {
            using var input = OrtValue.CreateTensorValueFromMemory(image, [1, 3, ColourPictures.Side, ColourPictures.Side]);
            using var outputs = session.Run(options, ["image"], [input], ["Score"]);
            return outputs[0].GetTensorDataAsSpan<float>().ToArray();
        }).ToList();
    }

    private static void AssertClose(IReadOnlyList<float[]> expected, IEnumerable<float[]> actual, float tolerance) =>
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, (a, b) => Math.Abs(a - b) < tolerance));
}
