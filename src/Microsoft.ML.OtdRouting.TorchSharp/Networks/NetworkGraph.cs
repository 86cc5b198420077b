using System.Runtime.InteropServices;
using Google.Protobuf;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Training.Graphs;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>An ONNX graph that a network writes itself into: operators of version 17.</summary>
public sealed class NetworkGraph
{
    /// <summary>The operators' version: the first with <c>LayerNormalization</c>.</summary>
    internal const long OperatorVersion = 17;

    private readonly GraphProto _graph = new() { Name = "network" };
    private int _next;

    internal NetworkGraph()
    {
    }

    internal GraphProto Graph => _graph;

    /// <summary>Adds a node with one output.</summary>
    /// <param name="operation">Name of an ONNX operator.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>Name of the output.</returns>
    public string Node(string operation, IEnumerable<string> inputs, params GraphAttribute[] attributes) => Node(operation, inputs, 1, attributes)[0];

    /// <summary>Adds a node with several outputs.</summary>
    /// <param name="operation">Name of an ONNX operator.</param>
    /// <param name="inputs">Names of its inputs.</param>
    /// <param name="outputs">Number of its outputs; at least 1.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <returns>Names of the outputs.</returns>
    public IReadOnlyList<string> Node(string operation, IEnumerable<string> inputs, int outputs, params GraphAttribute[] attributes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(operation);
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(attributes);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        var name = $"{operation}_{_next++}";
        var node = new NodeProto { OpType = operation, Name = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(Enumerable.Range(0, outputs).Select(i => outputs == 1 ? $"{name}/out" : $"{name}/out{i}"));
        node.Attribute.AddRange(attributes.Select(a => a.Proto));
        _graph.Node.Add(node);
        return node.Output;
    }

    /// <summary>Adds a constant of floats.</summary>
    /// <param name="tensor">Floats on the CPU, of any shape.</param>
    /// <returns>Its name.</returns>
    public string Constant(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Add(TensorContents.Write("", tensor));
    }

    /// <summary>Adds a constant of one float, which goes with tensors of any shape.</summary>
    /// <param name="value">The number.</param>
    /// <returns>Its name.</returns>
    public string Constant(float value) => Add(new TensorProto { DataType = (int)DataType.Float, RawData = ByteString.CopyFrom(BitConverter.GetBytes(value)) });

    /// <summary>Adds a constant of whole numbers, such as a shape.</summary>
    /// <param name="values">The numbers.</param>
    /// <returns>Its name.</returns>
    public string Constant(params long[] values)
    {
        ArgumentNullException.ThrowIfNull(values);
        var proto = new TensorProto { DataType = (int)DataType.Int64, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes<long>(values)) };
        proto.Dims.Add(values.Length);
        return Add(proto);
    }

    /// <summary>Adds a convolution in two dimensions.</summary>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <param name="weight">Float [filters, channels, k, k].</param>
    /// <param name="bias">Float [filters].</param>
    /// <param name="stride">Stride in both dimensions.</param>
    /// <param name="padding">Zeros on each of the four sides.</param>
    /// <returns>Name of the output.</returns>
    public string Convolution(string input, Tensor weight, Tensor bias, int stride, int padding) =>
        Node(
            "Conv",
            [input, Constant(weight), Constant(bias)],
            new GraphAttribute("kernel_shape", weight.shape[2..]),
            new GraphAttribute("strides", [stride, stride]),
            new GraphAttribute("pads", [padding, padding, padding, padding]));

    /// <summary>Adds a fully connected layer.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">Float [outputs, inputs], as TorchSharp has it.</param>
    /// <param name="bias">Float [outputs].</param>
    /// <returns>Name of the output, […, outputs].</returns>
    public string Linear(string input, Tensor weight, Tensor bias)
    {
        using var scope = NewDisposeScope();
        return Node("Add", [Node("MatMul", [input, Constant(weight.detach().t())]), Constant(bias)]);
    }

    private string Add(TensorProto proto)
    {
        proto.Name = $"constant_{_graph.Initializer.Count}";
        _graph.Initializer.Add(proto);
        return proto.Name;
    }
}
