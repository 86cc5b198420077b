using System.Diagnostics;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>Models that do not work: every error names the file and what is wrong with it.</summary>
public sealed class BadModelTests(ColourRouter colours) : IClassFixture<ColourRouter>, IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Missing_file() =>
        Assert.Contains("absent.onnx", Assert.Throws<FileNotFoundException>(() => Fit(_folder.File("absent.onnx"))).Message);

    [Fact]
    public void Truncated_file() => AssertUnreadable(File.ReadAllBytes(colours.Resolutions[2].ModelFile)[..^30]);

    [Fact]
    public void Text_file() => AssertUnreadable("This is not a model."u8.ToArray());

    [Fact]
    public void Empty_file() => AssertUnreadable([]);

    [Fact]
    public void Pipe_in_the_place_of_a_file()
    {
        Process.Start("mkfifo", _folder.File("pipe.onnx")).WaitForExit();
        AssertNames(Assert.Throws<InvalidDataException>(() => Fit(_folder.File("pipe.onnx"))), "pipe.onnx", "no regular file");
        AssertNames(Assert.Throws<InvalidDataException>(() => Fit("/dev/zero")), "/dev/zero", "no regular file");
        AssertNames(Assert.Throws<InvalidDataException>(() => colours.Context.OtdRouting().Load("/dev/zero", out _)), "/dev/zero", "no regular file");
    }

    [Fact]
    public void No_outputs()
    {
        var graph = new TinyGraph().Input("image", -1, 3, 16, 16).Node("Flatten", ["image"], "logits");
        AssertNames(Fails(graph), "model.onnx", "it has no outputs");
    }

    /// <summary>A model may keep weights in files of its own folder and below; what else its paths name is not read, whatever stands there.</summary>
    [Theory]
    [InlineData("../secret")]
    [InlineData("inside/../../secret")]
    [InlineData("/dev/zero")]
    [InlineData("link")]
    [InlineData("absent.bin")]
    public void Weights_outside_of_the_model_s_folder(string location)
    {
        File.WriteAllBytes(_folder.File("secret"), new byte[64]);
        Directory.CreateDirectory(_folder.File("models/inside"));
        File.CreateSymbolicLink(_folder.File("models/link"), _folder.File("secret"));
        AssertNames(Fails(new Resolution(WithWeightsIn(_folder.File("models"), location), 16)), "external.onnx", "not a readable ONNX model");
    }

    [Fact]
    public void Weights_in_a_file_beside_the_model_are_used_and_not_saved()
    {
        var file = WithWeightsIn(_folder.Path, "weights.bin");
        using var router = colours.Fit(colours.OptionsWith(colours.Resolutions[0], colours.Resolutions[1], new Resolution(file, 16))).Router;
        RoutedValues.AssertSame(RoutedValues.Read(colours.Router.Transform(colours.Test(50))), RoutedValues.Read(router.Transform(colours.Test(50))));
        var error = Assert.ThrowsAny<Exception>(() => colours.Context.OtdRouting().Save(router, colours.Fitting.Schema, _folder.File("model.zip")));
        Assert.Contains("keeps weights in another file", error.ToString());
        Assert.False(File.Exists(_folder.File("model.zip")));
    }

    [Fact]
    public void Operator_that_does_not_exist() =>
        AssertNames(Fails(new TinyGraph().Input("image", -1, 3, 16, 16).Node("Nonsense", ["image"], "logits").Output("logits")), "model.onnx", "Nonsense");

    [Fact]
    public void Wrong_size() => AssertNames(
        Fails(ColourModels.Classifier(12)), "model.onnx", "resolution 16", "'image'", "[batch or free, 3, 12, 12]", "[batch or free, 3, 16, 16]");

    [Fact]
    public void Wrong_channels() => AssertNames(
        Fails(new TinyGraph().Input("image", -1, 1, 16, 16).Node("Flatten", ["image"], "logits").Output("logits")), "model.onnx", "[batch or free, 1, 16, 16]");

    [Fact]
    public void Fixed_batch_of_several() => AssertNames(Fails(ColourModels.Classifier(16, batch: 4)), "model.onnx", "[4, 3, 16, 16]");

    [Fact]
    public void Interleaved_model_that_was_declared_planar() => AssertNames(
        Fails(new TinyGraph().Input("image", -1, 16, 16, 3).Node("Flatten", ["image"], "logits").Output("logits")), "model.onnx", "[batch or free, 16, 16, 3]");

    [Fact]
    public void Input_of_another_type() => AssertNames(
        Fails(new TinyGraph().Input("image", Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType.Uint8, -1, 3, 16, 16)
            .Node("Cast", ["image"], "floats", ("to", 1)).Node("Flatten", ["floats"], "logits").Output("logits")),
        "model.onnx",
        "'image'",
        "float is expected");

    [Fact]
    public void Two_inputs_and_no_name()
    {
        var graph = new TinyGraph().Input("image", -1, 3, 16, 16).Input("mask", -1, 3, 16, 16)
            .Node("Add", ["image", "mask"], "sum").Node("Flatten", ["sum"], "logits").Output("logits");
        AssertNames(Fails(graph), "model.onnx", "image, mask", "InputName");
    }

    [Fact]
    public void Names_that_the_model_does_not_have()
    {
        var model = ColourModels.Write(_folder.Path, 16, "named");
        AssertNames(Fails(new Resolution(model, 16) { InputName = "picture" }), "named.onnx", "'picture'", "image");
        AssertNames(Fails(new Resolution(model, 16) { OutputName = "classes" }), "named.onnx", "'classes'", "logits");
        AssertNames(Fails(new Resolution(model, 16) { EmbeddingName = "features" }), "named.onnx", "'features'", "logits");
    }

    [Fact]
    public void Size_that_fails_inside_the_model()
    {
        var graph = new TinyGraph().Input("image", -1, 3, -1, -1).Weights("w", 3, 3, 40, 40).Node("Conv", ["image", "w"], "y")
            .Node("Flatten", ["y"], "logits").Output("logits");
        AssertNames(Fails(graph), "model.onnx", "16x16");
    }

    [Fact]
    public void Models_that_disagree_on_the_number_of_classes() =>
        AssertNames(Fails(ColourModels.Classifier(16, classes: 5)), "model.onnx' has 5", "colour-4.onnx' has 3");

    [Fact]
    public void Products_that_cannot_be_counted_ask_for_the_FLOPs()
    {
        var hidden = Hidden();
        var e = Assert.Throws<NotSupportedException>(() => colours.Fit(colours.OptionsWith(colours.Resolutions[0], new Resolution(hidden, 16))));
        Assert.Contains("Resolution.Flops", e.Message);

        var (_, router) = colours.Fit(colours.OptionsWith(colours.Resolutions[0], new Resolution(hidden, 16) { Flops = 5000 }));
        using (router)
        {
            Assert.Equal(5000 + ColourModels.Flops(4), router.Routes[^1].Cost);
        }
    }

    [Fact]
    public void Models_without_products_ask_for_the_FLOPs()
    {
        string Mean(int size) => new TinyGraph().Input("image", -1, 3, size, size).Node("GlobalAveragePool", ["image"], "pooled")
            .Node("Flatten", ["pooled"], "logits").Output("logits").Save(_folder.Path, $"mean-{size}");
        var e = Assert.Throws<InvalidDataException>(() => colours.Fit(colours.OptionsWith(new Resolution(Mean(8), 8), new Resolution(Mean(16), 16))));
        AssertNames(e, "mean-8.onnx", "Flops");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void FLOPs_must_be_positive(double flops) =>
        Assert.Contains("Flops", Assert.Throws<ArgumentOutOfRangeException>(() => new Resolution("model.onnx", 16) { Flops = flops }).Message);

    [Theory]
    [InlineData(0, 4)]
    [InlineData(4, -1)]
    public void Sizes_must_be_positive(int height, int width) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resolution("model.onnx", height, width));

    [Fact]
    public void Model_that_gives_no_numbers()
    {
        var graph = new TinyGraph().Input("image", -1, 3, 16, 16).Constant("zero", [3, 768]).Node("Flatten", ["image"], "flat");
        graph.Graph.Initializer[0].FloatData.AddRange(new float[3 * 768]);
        graph.Node("Gemm", ["flat", "zero"], "none", ("transB", 1)).Node("Div", ["none", "none"], "logits").Output("logits");
        Assert.Contains("NaN", Assert.Throws<InvalidOperationException>(() => Fit(graph.Save(_folder.Path, "model"))).Message);
    }

    private string Hidden()
    {
        var body = new TinyGraph().Node("MatMul", ["means", "square"], "inside").Output("inside");
        var other = new TinyGraph().Node("Identity", ["means"], "outside").Output("outside");
        return new TinyGraph().Input("image", -1, 3, 16, 16).Constant("square", [3, 3], 1, 0, 0, 0, 1, 0, 0, 0, 1)
            .Node("GlobalAveragePool", ["image"], "pooled").Node("Flatten", ["pooled"], "means")
            .Node("ReduceMax", ["image"], "max", ("keepdims", 0)).Node("Cast", ["max"], "condition", ("to", 9))
            .Node("If", ["condition"], "logits", ("then_branch", body.Graph), ("else_branch", other.Graph)).Output("logits").Save(_folder.Path, "hidden");
    }

    /// <summary>The largest model, with the weights of its last layer in a file.</summary>
    private string WithWeightsIn(string folder, string location)
    {
        var graph = ColourModels.Classifier(16);
        var weights = graph.Graph.Initializer.Single(t => t.Name == "weights");
        if (location == "weights.bin")
        {
            File.WriteAllBytes(Path.Combine(folder, location), System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(weights.FloatData.ToArray()).ToArray());
        }

        weights.FloatData.Clear();
        // External, as ONNX numbers the places of data.
        weights.DataLocation = 1;
        weights.ExternalData.Add(new StringStringEntryProto { Key = "location", Value = location });
        return graph.Save(folder, "external");
    }

    private void AssertUnreadable(byte[] content)
    {
        var file = _folder.File("broken.onnx");
        File.WriteAllBytes(file, content);
        AssertNames(Assert.Throws<InvalidDataException>(() => Fit(file)), "broken.onnx", "not a readable ONNX model");
    }

    private InvalidDataException Fails(TinyGraph graph) => Fails(new Resolution(graph.Save(_folder.Path, "model"), 16));

    private InvalidDataException Fails(Resolution resolution) => Assert.Throws<InvalidDataException>(() => Fit(resolution));

    private void Fit(string modelFile) => Fit(new Resolution(modelFile, 16));

    private void Fit(Resolution resolution) => colours.Fit(colours.OptionsWith(colours.Resolutions[0], resolution)).Router.Dispose();

    private static void AssertNames(Exception e, params string[] parts) => Assert.All(parts, part => Assert.Contains(part, e.Message));
}
