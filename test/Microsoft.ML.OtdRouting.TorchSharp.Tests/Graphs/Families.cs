using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Training.Tests.Graphs;

/// <summary>Small graphs in the style of well-known classifiers, each with the operators that exporters write for it.</summary>
internal static class Families
{
    public const int Classes = 7;

    public static readonly string[] Names =
        ["mobilenet-v2", "mobilenet-v3", "resnet", "efficientnet-lite-tf", "squeezenet", "shared-weights", "flatten-by-shape", "probabilities", "old-opset", "padded"];

    public static GraphDraft Draft(string name, int? size = null) => name switch
    {
        "mobilenet-v2" => MobileNetV2(size),
        "mobilenet-v3" => MobileNetV3(size),
        "resnet" => ResNet(size),
        "efficientnet-lite-tf" => EfficientNet(size),
        "squeezenet" => SqueezeNet(size),
        "shared-weights" => SharedWeights(size),
        "flatten-by-shape" => FlattenByShape(size),
        "probabilities" => Probabilities(size),
        "old-opset" => OldOpset(size),
        "padded" => Padded(size),
        _ => throw new ArgumentException(name),
    };

    /// <summary>Inverted residuals, with normalisation that is not folded, ReLU6 and a linear bottleneck.</summary>
    private static GraphDraft MobileNetV2(int? size)
    {
        var g = new GraphDraft(1, size: size);
        var x = Relu6(g, g.Normalisation(g.Convolution("image", 3, 8, 3, 2, bias: false), 8));
        for (var block = 0; block < 2; block++)
        {
            var y = Relu6(g, g.Normalisation(g.Convolution(x, 8, 24, 1, bias: false), 24));
            y = Relu6(g, g.Normalisation(g.Convolution(y, 24, 24, 3, groups: 24, bias: false), 24));
            x = g.Node("Add", [x, g.Normalisation(g.Convolution(y, 24, 8, 1, bias: false), 8)]);
        }

        x = g.Node("Flatten", [g.Node("GlobalAveragePool", [x])], GraphWriter.Integer("axis", 1));
        x = g.Node("Dropout", [x]);
        return g.Finish(g.Node("Gemm", [x, g.Weight([Classes, 8]), g.Weight([Classes])], GraphWriter.Integer("transB", 1)), Classes);
    }

    /// <summary>Squeeze and excitation, hard swish and hard sigmoid.</summary>
    private static GraphDraft MobileNetV3(int? size)
    {
        var g = new GraphDraft(2, size: size);
        var x = g.Node("HardSwish", [g.Convolution("image", 3, 8, 3, 2)]);
        var y = g.Node("Relu", [g.Convolution(x, 8, 16, 1)]);
        var s = g.Node("Relu", [g.Convolution(g.Node("GlobalAveragePool", [y]), 16, 4, 1)]);
        y = g.Node("Mul", [y, g.Node("HardSigmoid", [g.Convolution(s, 4, 16, 1)], GraphDraft.Real("alpha", 1f / 6), GraphDraft.Real("beta", 0.5f))]);
        x = g.Node("Add", [x, g.Convolution(y, 16, 8, 5, groups: 8)]);
        var gate = g.Node("HardSigmoid", [x]);
        x = g.Node("Div", [g.Node("Mul", [x, g.Node("Clip", [g.Node("Add", [x, g.Constant(3)]), g.Constant(0), g.Constant(6)])]), g.Constant(6)]);
        x = g.Node("ReduceMean", [g.Node("Mul", [x, gate])], GraphWriter.Integers("axes", 2, 3), GraphWriter.Integer("keepdims", 0));
        x = g.Node("MatMul", [x, g.Weight([8, Classes])]);
        return g.Finish(g.Node("Add", [x, g.Weight([Classes])]), Classes);
    }

    /// <summary>A stem with a maximum over windows, and a residual block with a projection.</summary>
    private static GraphDraft ResNet(int? size)
    {
        var g = new GraphDraft(3, size: size);
        var x = g.Node("Relu", [g.Convolution("image", 3, 8, 7, 2)]);
        x = g.Node(
            "MaxPool", [x], GraphWriter.Integers("kernel_shape", 3, 3), GraphWriter.Integers("strides", 2, 2), GraphWriter.Integers("pads", 1, 1, 1, 1));
        var y = g.Node("Relu", [g.Normalisation(g.Convolution(x, 8, 16, 3, 2, bias: false), 16)]);
        y = g.Normalisation(g.Convolution(y, 16, 16, 3, bias: false), 16);
        x = g.Node("Relu", [g.Node("Add", [y, g.Normalisation(g.Convolution(x, 8, 16, 1, 2, bias: false), 16)])]);
        x = g.Node("Reshape", [g.Node("GlobalAveragePool", [x]), g.Numbers(0, -1)]);
        return g.Finish(g.Node("Gemm", [x, g.Weight([16, Classes]), g.Weight([Classes])], GraphDraft.Real("alpha", 0.5f), GraphDraft.Real("beta", 2)), Classes);
    }

    /// <summary>Padding as TensorFlow has it, swish, and axes that are squeezed one by one.</summary>
    private static GraphDraft EfficientNet(int? size)
    {
        var g = new GraphDraft(4, opset: 13, size: size);
        var x = Swish(g, g.Convolution("image", 3, 8, 3, 2, attributes: GraphDraft.Text("auto_pad", "SAME_UPPER")));
        x = Swish(g, g.Convolution(x, 8, 8, 5, 2, groups: 8, attributes: GraphDraft.Text("auto_pad", "SAME_LOWER")));
        var s = g.Node("Sigmoid", [g.Convolution(Swish(g, g.Convolution(g.Node("GlobalAveragePool", [x]), 8, 2, 1)), 2, 8, 1)]);
        x = g.Convolution(g.Node("Mul", [s, x]), 8, 16, 1, attributes: GraphDraft.Text("auto_pad", "VALID"));
        x = g.Node("ReduceMean", [x], GraphWriter.Integers("axes", -2, -1), GraphWriter.Integer("keepdims", 1));
        x = g.Node("Squeeze", [g.Node("Squeeze", [x, g.Numbers(3)]), g.Numbers(-1)]);
        // TensorFlow's dense layers have their weight the other way round, and exporters turn it with a node.
        x = g.Node("MatMul", [x, g.Node("Transpose", [g.Weight([Classes, 16])], GraphWriter.Integers("perm", 1, 0))]);
        return g.Finish(g.Node("Add", [g.Weight([Classes]), x]), Classes);
    }

    /// <summary>Fire modules that are joined, and a last layer that is a convolution before the mean.</summary>
    private static GraphDraft SqueezeNet(int? size)
    {
        var g = new GraphDraft(5, size: size);
        var x = g.Node("Relu", [g.Convolution("image", 3, 8, 3, 2, attributes: GraphWriter.Integers("pads", 0, 0, 0, 0))]);
        x = g.Node("MaxPool", [x], GraphWriter.Integers("kernel_shape", 3, 3), GraphWriter.Integers("strides", 2, 2), GraphWriter.Integer("ceil_mode", 1));
        var s = g.Node("Relu", [g.Convolution(x, 8, 4, 1)]);
        x = g.Node("Concat", [g.Node("Relu", [g.Convolution(s, 4, 8, 1)]), g.Node("Relu", [g.Convolution(s, 4, 8, 3)])], GraphWriter.Integer("axis", 1));
        x = g.Node("AveragePool", [x], GraphWriter.Integers("kernel_shape", 2, 2), GraphWriter.Integers("strides", 1, 1), GraphWriter.Integers("pads", 0, 0, 1, 1));
        x = g.Node("Relu", [g.Convolution(g.Node("Dropout", [x]), 16, Classes, 1)]);
        return g.Finish(g.Node("Flatten", [g.Node("GlobalAveragePool", [x])]), Classes);
    }

    /// <summary>Two convolutions with one weight and one bias, which adaptation must tell apart; behind them one whose bias is a node.</summary>
    private static GraphDraft SharedWeights(int? size)
    {
        var g = new GraphDraft(6, size: size);
        var x = g.Convolution("image", 3, 8, 3, 2);
        var (weight, bias) = (g.Weight([8, 8, 3, 3], 0.2), g.Weight([8]));
        var pads = GraphWriter.Integers("pads", 1, 1, 1, 1);
        x = g.Node("Relu", [g.Node("Conv", [x, weight, bias], pads)]);
        x = g.Node("Relu", [g.Node("Conv", [x, weight, bias], pads)]);
        x = g.Node("Conv", [x, g.Node("Identity", [weight]), g.Node("Identity", [bias])], pads);
        x = g.Node("Flatten", [g.Node("GlobalAveragePool", [x])]);
        return g.Finish(g.Node("Gemm", [x, g.Weight([8, Classes])]), Classes);
    }

    /// <summary>The batch is read from the shape, and the rest counted, as PyTorch exports <c>x.view(x.size(0), -1)</c> with a free batch.</summary>
    private static GraphDraft FlattenByShape(int? size)
    {
        var g = new GraphDraft(7, size: size);
        var x = g.Node("LeakyRelu", [g.Convolution("image", 3, 8, 3, 2)], GraphDraft.Real("alpha", 0.1f));
        x = g.Node("GlobalAveragePool", [x]);
        var batch = g.Node("Gather", [g.Node("Shape", [x]), g.Number(0)], GraphWriter.Integer("axis", 0));
        var shape = g.Node("Concat", [g.Node("Unsqueeze", [batch, g.Numbers(0)]), g.Numbers(-1)], GraphWriter.Integer("axis", 0));
        x = g.Node("Reshape", [x, shape]);
        return g.Finish(g.Node("Gemm", [x, g.Weight([8, Classes]), g.Weight([Classes])]), Classes);
    }

    /// <summary>Interleaved pixels are turned inside, and probabilities come out.</summary>
    private static GraphDraft Probabilities(int? size)
    {
        var g = new GraphDraft(8, size: size);
        var x = g.Node("Mul", [g.Node("Sub", ["image", g.Constant(0.5f)]), g.Constant(2)]);
        x = g.Node("Relu", [g.Convolution(x, 3, 8, 3, 2)]);
        x = g.Convolution(g.Node("GlobalAveragePool", [x]), 8, Classes, 1);
        return g.Finish(g.Node("Softmax", [g.Node("Reshape", [x, g.Numbers(-1, Classes)])], GraphWriter.Integer("axis", 1)), Classes, "probabilities");
    }

    /// <summary>Version 11: axes and limits are where they were then, and a softmax over several axes.</summary>
    private static GraphDraft OldOpset(int? size)
    {
        var g = new GraphDraft(9, opset: 11, size: size);
        var x = g.Node("Pad", ["image", g.Numbers(0, 0, 1, 1, 0, 0, 2, 2), g.Constant(0)]);
        x = Relu6(g, g.Convolution(x, 3, 8, 3, 2, attributes: GraphWriter.Integers("pads", 0, 0, 0, 0)));
        x = g.Node("Mul", [x, g.Node("Softmax", [g.Node("Transpose", [x], GraphWriter.Integers("perm", 0, 1, 3, 2))], GraphWriter.Integer("axis", 2))]);
        x = g.Node("GlobalAveragePool", [g.Node("Elu", [x])]);
        x = g.Node("Squeeze", [x], GraphWriter.Integers("axes", 2, 3));
        x = g.Node("Unsqueeze", [x], GraphWriter.Integers("axes", 1));
        x = g.Node("ReduceMean", [x], GraphWriter.Integers("axes", 1), GraphWriter.Integer("keepdims", 0));
        return g.Finish(g.Node("Gemm", [x, g.Weight([8, Classes]), g.Weight([Classes])]), Classes);
    }

    /// <summary>Windows with padding of their own: counted and not, on one side alone, mirrored.</summary>
    private static GraphDraft Padded(int? size)
    {
        var g = new GraphDraft(10, size: size);
        var x = g.Node("Pad", ["image", g.Numbers(0, 0, 2, 2, 0, 0, 1, 1)], GraphDraft.Text("mode", "reflect"));
        x = g.Convolution(x, 3, 8, 3, 2, attributes: GraphWriter.Integers("pads", 0, 1, 2, 1));
        var kernel = GraphWriter.Integers("kernel_shape", 3, 3);
        var counted = g.Node("AveragePool", [x], kernel, GraphWriter.Integers("pads", 1, 1, 1, 1), GraphWriter.Integer("count_include_pad", 1));
        var uncounted = g.Node("AveragePool", [x], kernel, GraphWriter.Integers("pads", 1, 1, 1, 1));
        var aside = g.Node("AveragePool", [x], kernel, GraphWriter.Integers("pads", 0, 2, 2, 0));
        var most = g.Node("MaxPool", [x], kernel, GraphWriter.Integers("pads", 2, 0, 0, 2));
        x = g.Node("Concat", [g.Node("Sum", [counted, uncounted, aside]), most], GraphWriter.Integer("axis", 1));
        x = g.Node("Flatten", [g.Node("GlobalAveragePool", [x])]);
        x = g.Node("Slice", [x, g.Numbers(2), g.Numbers(14), g.Numbers(1), g.Numbers(2)]);
        return g.Finish(g.Node("Gemm", [x, g.Weight([6, Classes]), g.Weight([Classes])]), Classes);
    }

    private static string Relu6(GraphDraft g, string x) => g.Node("Clip", [x, g.Constant(0), g.Constant(6)]);

    private static string Swish(GraphDraft g, string x) => g.Node("Mul", [x, g.Node("Sigmoid", [x])]);
}
