using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Training.Arithmetic;
using Microsoft.ML.OtdRouting.Training.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Tests.Graphs;

/// <summary>Modules of graphs compute what ONNX Runtime computes, before and after training, and so do the files they are written to.</summary>
public class TrainableGraphTests
{
    private const float Tolerance = 1e-4f;

    public static TheoryData<string> Drafts => [.. Families.Names];

    [Theory]
    [MemberData(nameof(Drafts))]
    public void A_module_computes_what_the_runtime_computes(string family)
    {
        var model = Families.Draft(family).Model;
        using var graph = Runtime.Module(model, OutputOf(model));
        foreach (var (images, size) in new[] { (1, 32), (3, 32), (2, 41) })
        {
            var batch = Runtime.Noise(images, size, seed: size);
            var expected = Runtime.Score(model, batch, images, size, OutputOf(model));
            var actual = Runtime.Compute(graph, batch, images, size);
            Runtime.AssertClose(expected, graph.Plan.SkipsSoftmax ? Softmax(actual) : actual, Tolerance);
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(28)]
    public void A_shipped_model_computes_what_the_runtime_computes(int size)
    {
        var model = OnnxModelFile.Read(Path.Combine(AppContext.BaseDirectory, "models", $"fashion-resnet8-{size}.onnx"));
        using var graph = Runtime.Module(model);
        var batch = Runtime.Noise(4, size, seed: 1, scale: 255);
        Runtime.AssertClose(Runtime.Score(model, batch, 4, size), Runtime.Compute(graph, batch, 4, size), Tolerance);
    }

    [Theory]
    [MemberData(nameof(Drafts))]
    public void What_is_written_computes_what_was_trained(string family)
    {
        var model = Families.Draft(family).Model;
        using var graph = Runtime.Module(model, OutputOf(model));
        Disturb(graph);
        var batch = Runtime.Noise(3, 32, seed: 5);
        var trained = Runtime.Compute(graph, batch, 3, 32);
        var written = GraphExport.Write(model, graph);
        var scored = Runtime.Score(written, batch, 3, 32, OutputOf(model));
        Runtime.AssertClose(graph.Plan.SkipsSoftmax ? Softmax(trained) : trained, scored, Tolerance);
        Assert.True(Difference(scored, Runtime.Score(model, batch, 3, 32, OutputOf(model))) > 1e-3, "The disturbance did not reach the file.");
        var computed = graph.Nodes.Select(n => n.Output).ToHashSet();
        Assert.Equal(graph.Nodes.Select(n => (n.Operator, n.Output)), written.Graph.Node.Where(n => computed.Contains(n.Output[0])).Select(n => (n.OpType, n.Output[0])));
        Assert.All(written.Graph.Node.Where(n => n.OpType == "Conv"), n => Assert.Equal(3, n.Input.Count));
    }

    [Fact]
    public void Gradients_reach_scales_and_shifts_of_every_convolution_and_the_last_layer_alone()
    {
        var model = Families.Draft("mobilenet-v3").Model;
        using var graph = Runtime.Module(model);
        var last = graph.LastLayer().Select(graph.Train).ToList();
        using var scope = NewDisposeScope();
        graph.forward(tensor(Runtime.Noise(2, 32, 3), [2, 3, 32, 32])).pow(2).sum().backward();
        Assert.Equal([[8L, Families.Classes], [Families.Classes]], last.Select(p => p.shape));
        Assert.Equal(model.Graph.Node.Count(n => n.OpType == "Conv"), graph.Affines.Count());
        Assert.All(graph.Affines, affine =>
        {
            Assert.True(affine.Scale.grad!.abs().max().Value() > 0);
            Assert.True(affine.Shift.grad!.abs().max().Value() > 0);
        });
        Assert.All(last, p => Assert.True(p.grad!.abs().max().Value() > 0));
        Assert.All(graph.parameters().Except(last), p => Assert.True(p.grad is null));
    }

    [Fact]
    public void A_gradient_is_the_slope_of_the_loss()
    {
        using var graph = Runtime.Module(Families.Draft("mobilenet-v2").Model);
        var batch = Runtime.Noise(2, 32, seed: 3);
        using var scope = NewDisposeScope();
        var scale = graph.Affines.ElementAt(2).Scale;
        Loss().backward();
        var gradient = scale.grad![5].Value();
        const float Step = 1e-2f;
        var slope = (At(1 + Step) - At(1 - Step)) / (2 * Step);
        Assert.InRange(gradient, slope - (0.02f * Math.Abs(slope)) - 1e-3f, slope + (0.02f * Math.Abs(slope)) + 1e-3f);

        Tensor Loss() => graph.forward(tensor(batch, [2, 3, 32, 32])).pow(2).sum();

        float At(float value)
        {
            using var off = no_grad();
            scale[5] = value;
            return Loss().Value();
        }
    }

    [Fact]
    public void Operators_that_are_not_understood_are_named_all_at_once()
    {
        var draft = new GraphDraft(1);
        var x = draft.Node("DepthToSpace", ["image"], GraphWriter.Integer("blocksize", 1));
        x = draft.Node("Einsum", [x], GraphDraft.Text("equation", "bchw->bc"));
        var e = Assert.Throws<NotSupportedException>(() => Runtime.Module(draft.Finish(draft.Node("Relu", [x]), 3).Model));
        Assert.Contains("'draft.onnx' has operators that cannot be trained here: DepthToSpace (node 'DepthToSpace0'), Einsum (node 'Einsum1').", e.Message);
        Assert.Contains("Conv, ", e.Message);
    }

    [Fact]
    public void Operators_beside_the_output_do_not_matter()
    {
        var draft = Families.Draft("resnet");
        draft.Graph.Output.Add(GraphDraft.Value(draft.Node("Einsum", ["image"], GraphDraft.Text("equation", "bchw->bc")), ["batch", 3]));
        using var graph = Runtime.Module(draft.Model);
        Assert.Equal(Families.Classes * 2, Runtime.Compute(graph, Runtime.Noise(2, 32, 1), 2, 32).Length);
    }

    [Fact]
    public void Operators_of_others_with_a_known_name_are_not_understood()
    {
        var draft = Families.Draft("resnet");
        draft.Graph.Node.First(n => n.OpType == "Relu").Domain = "com.example";
        Assert.Throws<NotSupportedException>(() => Runtime.Module(draft.Model));
    }

    [Fact]
    public void A_convolution_whose_bias_is_computed_is_left_as_it_is()
    {
        var g = new GraphDraft(1);
        var x = g.Convolution("image", 3, 4, 3, 2);
        var bias = g.Node("ReduceMean", [x], GraphWriter.Integers("axes", 0, 2, 3), GraphWriter.Integer("keepdims", 0));
        x = g.Node("Conv", [x, g.Weight([4, 4, 3, 3]), bias]);
        x = g.Node("Flatten", [g.Node("GlobalAveragePool", [x])]);
        var model = g.Finish(g.Node("Gemm", [x, g.Weight([4, 2])]), 2).Model;
        using var graph = Runtime.Module(model);
        Assert.Single(graph.Affines);
        Disturb(graph);
        var batch = Runtime.Noise(2, 16, seed: 1);
        Runtime.AssertClose(Runtime.Compute(graph, batch, 2, 16), Runtime.Score(GraphExport.Write(model, graph), batch, 2, 16), Tolerance);
    }

    [Fact]
    public void Products_that_do_not_fit_are_an_error_and_no_abort()
    {
        var draft = new GraphDraft(1);
        var x = draft.Node("Flatten", [draft.Node("GlobalAveragePool", ["image"])]);
        using var graph = Runtime.Module(draft.Finish(draft.Node("MatMul", [x, draft.Weight([4, 2])]), 2).Model);
        var e = Assert.Throws<NotSupportedException>(() => Runtime.Compute(graph, Runtime.Noise(2, 8, 1), 2, 8));
        Assert.Contains("'draft.onnx': node 'MatMul", e.Message);
        Assert.Contains("[2, 3] by [4, 2]", e.Message);
    }

    [Fact]
    public void Half_precision_is_named()
    {
        var draft = Families.Draft("resnet");
        var weight = draft.Graph.Initializer[0];
        weight.DataType = (int)TensorProto.Types.DataType.Float16;
        var e = Assert.Throws<NotSupportedException>(() => Runtime.Module(draft.Model));
        Assert.Contains($"'draft.onnx': tensor '{weight.Name}' holds Float16", e.Message);
    }

    private static string OutputOf(ModelProto model) => model.Graph.Output[0].Name;

    private static void Disturb(TrainableGraph graph)
    {
        using var off = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        foreach (var affine in graph.Affines)
        {
            affine.Scale.Add(rand(affine.Scale.shape, generator: generator).Times(0.2));
            affine.Shift.Add(rand(affine.Shift.shape, generator: generator).Times(0.2));
        }

        foreach (var parameter in graph.LastLayer().Select(graph.Train))
        {
            parameter.Add(rand(parameter.shape, generator: generator).Times(0.1));
        }
    }

    private static float Difference(float[] a, float[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();

    private static float[] Softmax(float[] logits) => [.. logits.Chunk(Families.Classes).SelectMany(row =>
    {
        var largest = row.Max();
        var exponentials = row.Select(v => MathF.Exp(v - largest)).ToArray();
        return exponentials.Select(e => e / exponentials.Sum());
    })];
}
