using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Tests.Models;

/// <summary>Builds small ONNX models in memory.</summary>
internal sealed class TinyGraph(int opset = 13)
{
    public GraphProto Graph { get; } = new() { Name = "graph" };

    /// <summary>A float input; −1 is a free axis.</summary>
    public TinyGraph Input(string name, params long[] shape) => Input(name, TensorProto.Types.DataType.Float, shape);

    public TinyGraph Input(string name, TensorProto.Types.DataType type, params long[] shape)
    {
        Graph.Input.Add(Value(name, type, shape));
        return this;
    }

    /// <summary>An output; its shape is declared where it is given, and −1 is a free axis.</summary>
    public TinyGraph Output(string name, TensorProto.Types.DataType type = TensorProto.Types.DataType.Float, long[]? shape = null)
    {
        Graph.Output.Add(Value(name, type, shape));
        return this;
    }

    public TinyGraph Constant(string name, long[] dimensions, params float[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Float };
        tensor.Dims.AddRange(dimensions);
        tensor.FloatData.AddRange(values);
        Graph.Initializer.Add(tensor);
        return this;
    }

    /// <summary>A constant whose values do not matter.</summary>
    public TinyGraph Weights(string name, params long[] dimensions) =>
        Constant(name, dimensions, new float[dimensions.Aggregate(1L, (a, b) => a * b)]);

    public TinyGraph Integers(string name, params long[] values)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)TensorProto.Types.DataType.Int64 };
        tensor.Dims.Add(values.Length);
        tensor.Int64Data.AddRange(values);
        Graph.Initializer.Add(tensor);
        return this;
    }

    public TinyGraph Node(string operation, string[] inputs, string output, params (string Name, object Value)[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = $"{operation}_{output}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes.Select(a => Attribute(a.Name, a.Value)));
        Graph.Node.Add(node);
        return this;
    }

    public ModelProto ToModel()
    {
        var model = new ModelProto { IrVersion = 8, Graph = Graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = opset });
        return model;
    }

    /// <summary>Writes the model into a folder and returns its path.</summary>
    public string Save(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, name + ".onnx");
        File.WriteAllBytes(path, ToModel().ToByteArray());
        return path;
    }

    /// <summary>Runs the model on one float input and gives its outputs.</summary>
    public float[][] Run(string inputName, float[] values, params long[] shape)
    {
        using var session = new InferenceSession(ToModel().ToByteArray());
        using var input = OrtValue.CreateTensorValueFromMemory(values, shape);
        using var options = new RunOptions();
        using var outputs = session.Run(options, [inputName], [input], session.OutputNames);
        return outputs.Select(o => o.GetTensorDataAsSpan<float>().ToArray()).ToArray();
    }

    private static ValueInfoProto Value(string name, TensorProto.Types.DataType type, long[]? shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type };
        if (shape is not null)
        {
            tensor.Shape = new TensorShapeProto();
            tensor.Shape.Dim.AddRange(shape.Select((d, axis) => d < 0
                ? new TensorShapeProto.Types.Dimension { DimParam = $"{name}{axis}" }
                : new TensorShapeProto.Types.Dimension { DimValue = d }));
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private static AttributeProto Attribute(string name, object value)
    {
        var attribute = new AttributeProto { Name = name };
        switch (value)
        {
            case int number:
                attribute.Type = AttributeProto.Types.AttributeType.Int;
                attribute.I = number;
                break;
            case float number:
                attribute.Type = AttributeProto.Types.AttributeType.Float;
                attribute.F = number;
                break;
            case string text:
                attribute.Type = AttributeProto.Types.AttributeType.String;
                attribute.S = ByteString.CopyFromUtf8(text);
                break;
            case long[] numbers:
                attribute.Type = AttributeProto.Types.AttributeType.Ints;
                attribute.Ints.AddRange(numbers);
                break;
            case GraphProto graph:
                attribute.Type = AttributeProto.Types.AttributeType.Graph;
                attribute.G = graph;
                break;
            default:
                throw new ArgumentException($"No attribute is made of {value.GetType()}.", nameof(value));
        }

        return attribute;
    }
}
