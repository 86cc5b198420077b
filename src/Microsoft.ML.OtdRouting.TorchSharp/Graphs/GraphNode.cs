using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>A node of an ONNX graph with its attributes by name.</summary>
internal sealed class GraphNode
{
    private readonly Dictionary<string, AttributeProto> _attributes;
    private readonly NodeProto _node;

    /// <param name="node">The node.</param>
    /// <param name="opset">Version of ONNX's operators that the model uses.</param>
    public GraphNode(NodeProto node, long opset)
    {
        _node = node;
        Opset = opset;
        _attributes = node.Attribute.ToDictionary(a => a.Name);
    }

    /// <summary>Name of the operator, as in <c>Conv</c>.</summary>
    public string Operator => _node.OpType;

    /// <summary>Version of the operators.</summary>
    public long Opset { get; }

    /// <summary>Names of the inputs; an empty one stands for an optional input that is not there.</summary>
    public IReadOnlyList<string> Inputs => _node.Input;

    /// <summary>Name of the output that is computed here: the first.</summary>
    public string Output => _node.Output[0];

    /// <summary>Whether an operator of ONNX itself is meant, and not one of the same name of somebody else's.</summary>
    public bool IsOfOnnx => _node.Domain is "" or "ai.onnx";

    /// <summary>The node's name; those that have none go by their output.</summary>
    public string Name => _node.Name.Length > 0 ? _node.Name : Output;

    public bool Has(string attribute) => _attributes.ContainsKey(attribute);

    public long Integer(string attribute, long otherwise) => _attributes.TryGetValue(attribute, out var found) ? found.I : otherwise;

    public float Float(string attribute, float otherwise) => _attributes.TryGetValue(attribute, out var found) ? found.F : otherwise;

    public string Text(string attribute, string otherwise) =>
        _attributes.TryGetValue(attribute, out var found) ? found.S.ToStringUtf8() : otherwise;

    /// <summary>An attribute with integers; null where it is not there.</summary>
    public long[]? Integers(string attribute) => _attributes.TryGetValue(attribute, out var found) ? [.. found.Ints] : null;

    /// <summary>An attribute with integers, or the same number of ones.</summary>
    public long[] IntegersOrOnes(string attribute, int count) => Integers(attribute) ?? [.. Enumerable.Repeat(1L, count)];

    /// <summary>The tensor of a node that is a constant, whichever way it is written.</summary>
    /// <exception cref="NotSupportedException">It is written in another way.</exception>
    public TensorProto ConstantValue()
    {
        if (_attributes.TryGetValue("value", out var tensor))
        {
            return tensor.T;
        }

        var value = new TensorProto();
        switch (_node.Attribute.FirstOrDefault())
        {
            case { Name: "value_float" } a:
                value.DataType = (int)TensorProto.Types.DataType.Float;
                value.FloatData.Add(a.F);
                return value;
            case { Name: "value_floats" } a:
                value.DataType = (int)TensorProto.Types.DataType.Float;
                value.Dims.Add(a.Floats.Count);
                value.FloatData.AddRange(a.Floats);
                return value;
            case { Name: "value_int" } a:
                value.DataType = (int)TensorProto.Types.DataType.Int64;
                value.Int64Data.Add(a.I);
                return value;
            case { Name: "value_ints" } a:
                value.DataType = (int)TensorProto.Types.DataType.Int64;
                value.Dims.Add(a.Ints.Count);
                value.Int64Data.AddRange(a.Ints);
                return value;
            case { Name: "value_string" or "value_strings" or "sparse_value" } a:
                throw Unfit($"has its value in attribute '{a.Name}', which is not understood here");
            default:
                throw Unfit("has no value");
        }
    }

    /// <summary>The error of a node that cannot be computed here.</summary>
    public NotSupportedException Unfit(string reason) => new($"node '{Name}' ({Operator}) {reason}.");
}
