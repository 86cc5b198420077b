using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Models;

public sealed class FlopCounterTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Convolution_with_stride_and_padding()
    {
        // Output 4 x 5 x 3 at 7x6 -> stride 2, padding 1: height (7+2-3)/2+1 = 4, width (6+2-3)/2+1 = 3.
        var cost = Count(
            new TinyGraph().Input("x", -1, 3, 7, 6).Weights("w", 5, 3, 3, 3)
                .Node("Conv", ["x", "w"], "y", ("strides", new long[] { 2, 2 }), ("pads", new long[] { 1, 1, 1, 1 })).Output("y"),
            [1, 3, 7, 6]);
        Assert.Equal(2.0 * (5 * 4 * 3) * (3 * 3 * 3), cost.Flops);
        Assert.Equal(5 * 3 * 3 * 3, cost.Parameters);
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(2, 2)]
    [InlineData(4, 1)]
    public void Grouped_convolution(int groups, int channelsPerGroup)
    {
        var cost = Count(
            new TinyGraph().Input("x", -1, 4, 8, 8).Weights("w", 8, channelsPerGroup, 3, 3)
                .Node("Conv", ["x", "w"], "y", ("group", groups)).Output("y"),
            [1, 4, 8, 8]);
        Assert.Equal(2.0 * (8 * 6 * 6) * (channelsPerGroup * 3 * 3), cost.Flops);
    }

    [Fact]
    public void Transposed_convolution()
    {
        // Every input element meets a filter of 5 x 2 x 2, however large the stride makes the output.
        var cost = Count(
            new TinyGraph().Input("x", -1, 3, 4, 4).Weights("w", 3, 5, 2, 2)
                .Node("ConvTranspose", ["x", "w"], "y", ("strides", new long[] { 2, 2 })).Output("y"),
            [1, 3, 4, 4]);
        Assert.Equal(2.0 * (3 * 4 * 4) * (5 * 2 * 2), cost.Flops);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    public void Gemm_with_transposed_factors(int transA, int transB)
    {
        // op(A) is 6 x 4, op(B) is 4 x 7, whichever way they are stored.
        var a = transA == 1 ? new long[] { 4, 6 } : [6, 4];
        var b = transB == 1 ? new long[] { 7, 4 } : [4, 7];
        var cost = Count(
            new TinyGraph().Input("x", a).Weights("b", b).Node("Gemm", ["x", "b"], "y", ("transA", transA), ("transB", transB)).Output("y"), a);
        Assert.Equal(2.0 * 6 * 4 * 7, cost.Flops);
    }

    [Fact]
    public void Batched_matrix_product_with_broadcast()
    {
        var cost = Count(new TinyGraph().Input("x", 2, 3, 4, 5).Weights("b", 3, 5, 6).Node("MatMul", ["x", "b"], "y").Output("y"), [2, 3, 4, 5]);
        Assert.Equal(2.0 * (2 * 3) * 4 * 5 * 6, cost.Flops);
    }

    [Fact]
    public void Product_of_two_activations_is_counted()
    {
        var cost = Count(
            new TinyGraph().Input("x", 1, 4, 6)
                .Node("Transpose", ["x"], "t", ("perm", new long[] { 0, 2, 1 })).Node("MatMul", ["x", "t"], "y").Output("y"),
            [1, 4, 6]);
        Assert.Equal(2.0 * 4 * 6 * 4, cost.Flops);
    }

    [Fact]
    public void Free_axes_take_the_size_that_is_asked_for()
    {
        var graph = new TinyGraph().Input("x", -1, 3, -1, -1).Weights("w", 2, 3, 1, 1).Node("Conv", ["x", "w"], "y").Output("y");
        Assert.Equal(2.0 * (2 * 8 * 8) * 3, Count(graph, [1, 3, 8, 8]).Flops);
        Assert.Equal(2.0 * (2 * 9 * 4) * 3, Count(graph, [1, 3, 9, 4]).Flops);
    }

    [Fact]
    public void Operators_without_products_cost_nothing()
    {
        var cost = Count(new TinyGraph().Input("x", 1, 3, 4, 4).Node("Relu", ["x"], "r").Node("GlobalAveragePool", ["r"], "y").Output("y"), [1, 3, 4, 4]);
        Assert.Equal(0, cost.Flops);
    }

    [Theory]
    [InlineData("If")]
    [InlineData("Loop")]
    public void Products_hidden_in_control_flow_are_refused(string operation)
    {
        var e = Assert.Throws<NotSupportedException>(() => Count(Hiding(operation), [1, 4, 4]));
        Assert.Contains("model.onnx", e.Message);
        Assert.Contains(operation, e.Message);
        Assert.Contains("MatMul", e.Message);
        Assert.Contains("Resolution.Flops", e.Message);
    }

    [Fact]
    public void Products_without_a_rule_are_refused()
    {
        var graph = new TinyGraph().Input("x", 1, 4, 4).Node("Einsum", ["x", "x"], "y", ("equation", "bij,bjk->bik")).Output("y");
        var e = Assert.Throws<NotSupportedException>(() => Count(graph, [1, 4, 4]));
        Assert.Contains("Einsum", e.Message);
        Assert.Contains("Flops", e.Message);
    }

    [Fact]
    public void Missing_file_is_named()
    {
        var e = Assert.Throws<FileNotFoundException>(() => FlopCounter.Count(_folder.File("absent.onnx"), "x", [1, 3, 4, 4]));
        Assert.Contains("absent.onnx", e.Message);
    }

    [Fact]
    public void Shape_that_the_graph_cannot_take_is_named()
    {
        var graph = new TinyGraph().Input("x", -1, 3, -1, -1).Weights("w", 2, 3, 5, 5).Node("Conv", ["x", "w"], "y").Output("y");
        var e = Assert.Throws<InvalidDataException>(() => Count(graph, [1, 3, 2, 2]));
        Assert.Contains("model.onnx", e.Message);
        Assert.Contains("[1, 3, 2, 2]", e.Message);
    }

    private static TinyGraph Hiding(string operation)
    {
        var body = new TinyGraph().Node("MatMul", ["x", "x"], "inner").Output("inner");
        var graph = new TinyGraph().Input("x", 1, 4, 4).Constant("zero", [1], 0);
        if (operation == "If")
        {
            var other = new TinyGraph().Node("Relu", ["x"], "other").Output("other");
            return graph.Node("ReduceMax", ["x"], "max", ("keepdims", 0)).Node("Cast", ["max"], "condition", ("to", 9))
                .Node("If", ["condition"], "y", ("then_branch", body.Graph), ("else_branch", other.Graph)).Output("y");
        }

        return graph.Integers("trips", 3).Node("Loop", ["trips", "", "x"], "y", ("body", body.Graph)).Output("y");
    }

    private ModelCost Count(TinyGraph graph, long[] shape) => FlopCounter.Count(graph.Save(_folder.Path, "model"), "x", shape);
}
