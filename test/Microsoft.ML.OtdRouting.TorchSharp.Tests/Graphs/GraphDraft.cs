using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using DataType = Microsoft.ML.OtdRouting.Models.TensorProto.Types.DataType;

namespace Microsoft.ML.OtdRouting.Training.Tests.Graphs;

/// <summary>Writes small ONNX models with random weights, node by node; every node gives the name of its output.</summary>
internal sealed class GraphDraft
{
    private readonly Random _random;
    private readonly ModelProto _model = new() { IrVersion = 8, Graph = new GraphProto { Name = "draft" } };
    private int _next;

    /// <param name="seed">Of the weights.</param>
    /// <param name="opset">Version of the operators.</param>
    /// <param name="size">Height and width of the image; null for free ones.</param>
    public GraphDraft(int seed, long opset = 17, int? size = null)
    {
        _random = new Random(seed);
        _model.OpsetImport.Add(new OperatorSetIdProto { Version = opset });
        _model.Graph.Input.Add(Value("image", ["batch", 3, (object?)size ?? "height", (object?)size ?? "width"]));
    }

    public ModelProto Model => _model;

    public GraphProto Graph => _model.Graph;

    /// <summary>Names the output.</summary>
    public GraphDraft Finish(string value, int classes, string name = "logits")
    {
        Graph.Node.Add(new NodeProto { OpType = "Identity", Input = { value }, Output = { name } });
        Graph.Output.Add(Value(name, ["batch", classes]));
        return this;
    }

    /// <summary>Writes the model into a file and gives its path.</summary>
    public string Save(string folder, string name = "draft.onnx")
    {
        var path = Path.Combine(folder, name);
        File.WriteAllBytes(path, _model.ToByteArray());
        return path;
    }

    public string Node(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        var output = $"{operation}{_next++}";
        var node = new NodeProto { OpType = operation, Output = { output }, Attribute = { attributes } };
        node.Input.AddRange(inputs);
        Graph.Node.Add(node);
        return output;
    }

    /// <summary>A random constant.</summary>
    /// <param name="shape">Its shape.</param>
    /// <param name="scale">Half of the range.</param>
    /// <param name="middle">Middle of the range.</param>
    public string Weight(long[] shape, double scale = 1, double middle = 0)
    {
        var tensor = new TensorProto { Name = $"weight{_next++}", DataType = (int)DataType.Float };
        tensor.Dims.AddRange(shape);
        var count = shape.Aggregate(1L, (product, size) => product * size);
        for (var i = 0; i < count; i++)
        {
            tensor.FloatData.Add((float)(middle + (scale * ((2 * _random.NextDouble()) - 1))));
        }

        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    public string Constant(params float[] values)
    {
        var tensor = new TensorProto { Name = $"constant{_next++}", DataType = (int)DataType.Float };
        if (values.Length > 1)
        {
            tensor.Dims.Add(values.Length);
        }

        tensor.FloatData.AddRange(values);
        Graph.Initializer.Add(tensor);
        return tensor.Name;
    }

    /// <summary>Whole numbers as a node, as PyTorch writes them.</summary>
    public string Numbers(params long[] values)
    {
        var tensor = new TensorProto { DataType = (int)DataType.Int64, Dims = { values.Length } };
        tensor.Int64Data.AddRange(values);
        return Node("Constant", [], new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor });
    }

    /// <summary>One whole number without an axis.</summary>
    public string Number(long value) =>
        Node("Constant", [], new AttributeProto
        {
            Name = "value",
            Type = AttributeProto.Types.AttributeType.Tensor,
            T = new TensorProto { DataType = (int)DataType.Int64, Int64Data = { value } },
        });

    public string Convolution(string input, int from, int to, int kernel, int stride = 1, int groups = 1, bool bias = true, params AttributeProto[] attributes)
    {
        var inputs = new List<string> { input, Weight([to, from / groups, kernel, kernel], Math.Sqrt(3.0 * groups / (from * kernel * kernel))) };
        if (bias)
        {
            inputs.Add(Weight([to], 0.1));
        }

        return Node("Conv", [.. inputs],
        [
            GraphWriter.Integer("group", groups), GraphWriter.Integers("kernel_shape", kernel, kernel), GraphWriter.Integers("strides", stride, stride),
            .. attributes.Length > 0 ? attributes : [GraphWriter.Integers("pads", kernel / 2, kernel / 2, kernel / 2, kernel / 2)],
        ]);
    }

    public string Normalisation(string input, int channels) => Node(
        "BatchNormalization", [input, Weight([channels], 0.3, 1), Weight([channels], 0.2), Weight([channels], 0.2), Weight([channels], 0.4, 1)], Real("epsilon", 1e-3f));

    public static AttributeProto Real(string name, float value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    /// <summary>A value of a graph with axes that are numbers, or names of free axes.</summary>
    public static ValueInfoProto Value(string name, object[] shape)
    {
        var value = GraphWriter.Value(name, DataType.Float, [.. shape.Select(d => d is int size ? (long)size : 0)]);
        for (var axis = 0; axis < shape.Length; axis++)
        {
            if (shape[axis] is string free)
            {
                value.Type.TensorType.Shape.Dim[axis] = new TensorShapeProto.Types.Dimension { DimParam = free };
            }
        }

        return value;
    }
}
