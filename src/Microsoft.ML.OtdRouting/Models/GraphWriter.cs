using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using static Microsoft.ML.OtdRouting.Models.AttributeProto.Types;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Models;

/// <summary>
/// Writes nodes and constants of an ONNX graph. Constants of all nested graphs live in the outermost one, equal ones once.
/// </summary>
internal sealed class GraphWriter
{
    private const string ConstantOperator = "Constant";

    private readonly GraphProto _graph;
    private readonly GraphWriter _root;
    private readonly Dictionary<string, string> _constants = [];
    private int _next;

    public GraphWriter()
    {
        _graph = new GraphProto { Name = "routing" };
        _root = this;
    }

    private GraphWriter(GraphWriter parent, string name)
    {
        _graph = new GraphProto { Name = name };
        _root = parent._root;
    }

    public GraphProto Graph => _graph;

    /// <summary>A graph for a branch: it sees the names of the graphs around it.</summary>
    public GraphWriter Nested(string name) => new(this, name);

    /// <summary>A float constant.</summary>
    public string Constant(ReadOnlySpan<float> values, params long[] shape) =>
        Constant(DataType.Float, MemoryMarshal.AsBytes(values), shape);

    /// <summary>An integer constant.</summary>
    public string Constant(ReadOnlySpan<long> values, params long[] shape) =>
        Constant(DataType.Int64, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of booleans.</summary>
    public string Constant(ReadOnlySpan<bool> values, params long[] shape) =>
        Constant(DataType.Bool, MemoryMarshal.AsBytes(values), shape);

    /// <summary>A constant of texts.</summary>
    public string Constant(IReadOnlyList<string> values)
    {
        var tensor = new TensorProto { DataType = (int)DataType.String };
        tensor.Dims.Add(values.Count);
        tensor.StringData.AddRange(values.Select(ByteString.CopyFromUtf8));
        return Constant(tensor);
    }

    /// <summary>A constant from a tensor of another model; its own name does not matter.</summary>
    public string Constant(TensorProto tensor)
    {
        var key = ContentKey(tensor);
        if (_root._constants.TryGetValue(key, out var name))
        {
            return name;
        }

        var content = tensor.Clone();
        content.Name = name = $"constant/{_root._constants.Count}";
        if (content.DataType == (int)DataType.Float16)
        {
            // ML.NET opens no graph that has an initializer of half precision.
            _root.Node(ConstantOperator, [], [name], new AttributeProto { Name = "value", Type = AttributeType.Tensor, T = content });
        }
        else
        {
            _root._graph.Initializer.Add(content);
        }

        return _root._constants[key] = name;
    }

    /// <summary>The constants of a graph that was written here, by their names in it.</summary>
    public static IEnumerable<TensorProto> ConstantsOf(GraphProto graph) => graph.Initializer.Concat(graph.Node
        .Where(n => n is { OpType: ConstantOperator, Attribute: [{ T: { } tensor }], Output: [var output] } && tensor.Name == output)
        .Select(n => n.Attribute[0].T));

    /// <summary>Is the same for tensors that differ in nothing but their names.</summary>
    public static string ContentKey(TensorProto tensor)
    {
        var content = tensor.Clone();
        content.ClearName();
        return Convert.ToHexString(SHA256.HashData(content.ToByteArray()));
    }

    /// <summary>Adds a node with one output and returns the output's name.</summary>
    public string Node(string operation, IReadOnlyList<string> inputs, params AttributeProto[] attributes) =>
        Node(operation, inputs, [NewName(operation)], attributes)[0];

    /// <summary>Adds a node and returns the names of its outputs.</summary>
    public IReadOnlyList<string> Node(string operation, IReadOnlyList<string> inputs, IReadOnlyList<string> outputs, params AttributeProto[] attributes)
    {
        var node = new NodeProto { OpType = operation, Name = NewName(operation) };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        node.Attribute.AddRange(attributes);
        _graph.Node.Add(node);
        return outputs;
    }

    /// <summary>The texts at an index: string [n] of int64 [n].</summary>
    public string Lookup(IReadOnlyList<string> texts, string index) => Node("Gather", [Constant(texts), index]);

    /// <summary>One column of a matrix: [m, 1] of [m, n].</summary>
    public string Column(string matrix, long column) =>
        Node("Slice", [matrix, Constant([column], 1), Constant([column + 1], 1), Constant([1L], 1)]);

    /// <summary>Gives a value the name under which it leaves the graph.</summary>
    public void Output(string value, string name, DataType type, params long[] shape)
    {
        Node("Identity", [value], [name]);
        _graph.Output.Add(Value(name, type, shape));
    }

    /// <summary>A name that is not taken.</summary>
    public string NewName(string stem) => $"routing/{stem}/{_root._next++}";

    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeType.Int, I = value };

    public static AttributeProto Integers(string name, params long[] values)
    {
        var attribute = new AttributeProto { Name = name, Type = AttributeType.Ints };
        attribute.Ints.AddRange(values);
        return attribute;
    }

    public static AttributeProto Branch(string name, GraphProto graph) => new() { Name = name, Type = AttributeType.Graph, G = graph };

    /// <summary>Declares the type and shape of a graph's input or output.</summary>
    public static ValueInfoProto Value(string name, DataType type, params long[] shape)
    {
        var tensor = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = new TensorShapeProto() };
        tensor.Shape.Dim.AddRange(shape.Select(d => new TensorShapeProto.Types.Dimension { DimValue = d }));
        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }

    private string Constant(DataType type, ReadOnlySpan<byte> bytes, long[] shape)
    {
        var tensor = new TensorProto { DataType = (int)type, RawData = ByteString.CopyFrom(bytes) };
        tensor.Dims.AddRange(shape);
        return Constant(tensor);
    }
}
