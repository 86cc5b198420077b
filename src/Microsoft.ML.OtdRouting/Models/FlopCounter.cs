using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Models;

namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Counts the FLOPs of an ONNX graph: 2 for each multiply-add of convolutions and matrix products, nothing for the rest.
/// </summary>
/// <remarks>
/// Shapes are not inferred by rules of our own: the tensors that the count needs are made outputs of a copy of the graph, and ONNX
/// Runtime evaluates that copy once on a blank image. So every operator that the runtime knows is understood, shape arithmetic and
/// free axes included.
/// </remarks>
public static class FlopCounter
{
    /// <summary>Counts a model.</summary>
    /// <param name="modelFile">Path of the ONNX file.</param>
    /// <param name="inputName">Name of the image input.</param>
    /// <param name="shape">Shape of the input for one image, <c>[1, 3, height, width]</c> or <c>[1, height, width, 3]</c>.</param>
    /// <returns>FLOPs of one image, and the number of parameters.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not an ONNX model, or the runtime cannot evaluate it at this shape.</exception>
    /// <exception cref="NotSupportedException">
    /// The graph multiplies inside a loop or branch, whose cost depends on the data, or in an operator whose products cannot be counted.
    /// </exception>
    public static ModelCost Count(string modelFile, string inputName, ReadOnlySpan<long> shape)
    {
        var model = OnnxModelFile.Read(modelFile);
        var graph = model.Graph;
        var counted = graph.Node.Where(n => Rules.ContainsKey(n.OpType)).ToList();
        RejectUncounted(modelFile, model);
        foreach (var node in graph.Node)
        {
            RejectHiddenProducts(modelFile, node);
        }

        var shapes = graph.Initializer.ToDictionary(t => t.Name, t => t.Dims.ToArray());
        var parameters = shapes.Values.Sum(Product);
        shapes[inputName] = shape.ToArray();
        var missing = counted
            .SelectMany(n => n.Input.Append(n.Output[0]))
            .Where(name => name.Length > 0 && !shapes.ContainsKey(name))
            .Distinct()
            .ToList();
        foreach (var (name, dimensions) in Evaluate(modelFile, model, inputName, shape, missing))
        {
            shapes[name] = dimensions;
        }

        var multiplyAdds = 0.0;
        foreach (var node in counted)
        {
            multiplyAdds += Rules[node.OpType](node, shapes);
        }

        return new ModelCost(2 * multiplyAdds, parameters);
    }

    /// <summary>Multiply-adds of a node, from the shapes of its tensors.</summary>
    private delegate double Rule(NodeProto node, IReadOnlyDictionary<string, long[]> shapes);

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        ["Conv"] = (n, s) => Convolution(s[n.Output[0]], s[n.Input[1]]),
        ["FusedConv"] = (n, s) => Convolution(s[n.Output[0]], s[n.Input[1]]),
        ["ConvInteger"] = (n, s) => Convolution(s[n.Output[0]], s[n.Input[1]]),
        ["QLinearConv"] = (n, s) => Convolution(s[n.Output[0]], s[n.Input[3]]),
        ["ConvTranspose"] = (n, s) => Convolution(s[n.Input[0]], s[n.Input[1]]),
        ["Gemm"] = (n, s) => Product(s[n.Output[0]]) * s[n.Input[0]][Flag(n, "transA") ? 0 : 1],
        ["MatMul"] = (n, s) => Product(s[n.Output[0]]) * s[n.Input[0]][^1],
        ["FusedMatMul"] = (n, s) => Product(s[n.Output[0]]) * s[n.Input[0]][Flag(n, "transA") ? ^2 : ^1],
        ["MatMulInteger"] = (n, s) => Product(s[n.Output[0]]) * s[n.Input[0]][^1],
        ["QLinearMatMul"] = (n, s) => Product(s[n.Output[0]]) * s[n.Input[0]][^1],
    };

    private static readonly HashSet<string> Uncounted =
    [
        "Attention", "DeformConv", "Einsum", "GRU", "GroupQueryAttention", "LSTM", "MatMulNBits", "MultiHeadAttention", "NhwcConv", "QAttention",
        "QGemm", "RNN",
    ];

    /// <summary>
    /// Every element of <paramref name="positions"/> (the output, or for a transposed convolution the input) meets one filter:
    /// all axes of the weight but the first.
    /// </summary>
    private static double Convolution(long[] positions, long[] weight) => (double)Product(positions) * Product(weight.AsSpan(1));

    private static bool Flag(NodeProto node, string name) => node.Attribute.FirstOrDefault(a => a.Name == name)?.I == 1;

    private static long Product(long[] dimensions) => Product(dimensions.AsSpan());

    private static long Product(ReadOnlySpan<long> dimensions)
    {
        var product = 1L;
        foreach (var dimension in dimensions)
        {
            product *= dimension;
        }

        return product;
    }

    /// <summary>Operators and functions that multiply but have no rule: a cost that leaves them out would be wrong without a word.</summary>
    private static void RejectUncounted(string modelFile, ModelProto model)
    {
        var functions = model.Functions.Select(f => f.Name).ToHashSet();
        var uncounted = model.Graph.Node.FirstOrDefault(n => Uncounted.Contains(n.OpType) || functions.Contains(n.OpType));
        if (uncounted is not null)
        {
            throw new NotSupportedException(
                $"'{modelFile}': the FLOPs of node '{uncounted.Name}' ({uncounted.OpType}) cannot be counted. " +
                $"Set {nameof(Resolution)}.{nameof(Resolution.Flops)} instead.");
        }
    }

    private static void RejectHiddenProducts(string modelFile, NodeProto node)
    {
        foreach (var attribute in node.Attribute)
        {
            foreach (var inner in attribute.G is null ? attribute.Graphs.SelectMany(g => g.Node) : attribute.G.Node)
            {
                if (Rules.ContainsKey(inner.OpType))
                {
                    throw new NotSupportedException(
                        $"'{modelFile}': node '{node.Name}' ({node.OpType}) holds a {inner.OpType} whose cost depends on the data, so FLOPs " +
                        $"cannot be counted. Set {nameof(Resolution)}.{nameof(Resolution.Flops)} instead.");
                }

                RejectHiddenProducts(modelFile, inner);
            }
        }
    }

    private static IEnumerable<(string Name, long[] Shape)> Evaluate(
        string modelFile, ModelProto model, string inputName, ReadOnlySpan<long> shape, IReadOnlyList<string> tensors)
    {
        if (tensors.Count == 0)
        {
            return [];
        }

        var graph = model.Graph;
        graph.Output.Clear();
        graph.Output.AddRange(tensors.Select(name => new ValueInfoProto { Name = name }));
        try
        {
            using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_DISABLE_ALL };
            var folder = Path.GetDirectoryName(Path.GetFullPath(modelFile))!;
            options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", folder);
            using var session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(model), options);
            // Half precision, where the model takes that; a name that is no input is left to the run to refuse.
            var type = session.InputMetadata.TryGetValue(inputName, out var metadata) ? metadata.ElementDataType : OnnxRuntime.Tensors.TensorElementType.Float;
            using var input = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, type, shape.ToArray());
            input.GetTensorMutableRawData().Clear();
            using var run = new RunOptions();
            using var outputs = session.Run(run, [inputName], [input], tensors);
            return tensors.Select((name, i) => (name, outputs[i].GetTensorTypeAndShape().Shape)).ToList();
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException(
                $"'{modelFile}' cannot be evaluated on input '{inputName}' of shape [{string.Join(", ", shape.ToArray())}]: {e.Message}", e);
        }
    }
}
