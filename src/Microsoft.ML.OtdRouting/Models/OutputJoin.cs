using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Models;

/// <summary>
/// Adds nodes to a model that put several of its outputs side by side: so the model itself answers with one output, wherever it runs, and it is saved and exported as any other.
/// </summary>
internal static class OutputJoin
{
    /// <summary>The first version of the operator set that has all that is written.</summary>
    private const long LeastOpset = 9;

    /// <summary>More than any detector has; beyond it, a file that says so would take all memory.</summary>
    private const long MostRows = 1_000_000, MostColumns = 1_000;

    /// <summary>Joins outputs of a model, in place.</summary>
    /// <param name="file">Where the model comes from, for messages.</param>
    /// <param name="model">The model.</param>
    /// <param name="inputName">Name of the image input; null for the only one.</param>
    /// <param name="joined">What is joined.</param>
    /// <exception cref="InvalidDataException">The model has no such outputs, or of other shapes.</exception>
    public static void Apply(string file, ModelProto model, string? inputName, JoinedOutputs joined)
    {
        InvalidDataException Unfit(string reason) => new($"'{file}': the outputs {joined} cannot be joined: {reason}.");
        var opset = model.OpsetImport.FirstOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0;
        if (opset < LeastOpset)
        {
            throw Unfit($"the model uses version {opset} of the operator set; at least {LeastOpset} is needed");
        }

        var outputs = model.Graph.Output.ToLookup(o => o.Name);
        foreach (var name in joined.CountName is { } counted ? joined.Names.Append(counted) : joined.Names)
        {
            var output = outputs[name].FirstOrDefault() ?? throw Unfit($"there is no output '{name}'; the outputs are {string.Join(", ", outputs.Select(o => o.Key))}");
            var type = (DataType)(output.Type?.TensorType?.ElemType ?? 0);
            if (type is not (DataType.Float or DataType.Float16 or DataType.Double or DataType.Int32 or DataType.Int64 or DataType.Uint8 or DataType.Int8 or DataType.Int16))
            {
                throw Unfit($"output '{name}' holds {type}; floats or integers are expected");
            }
        }

        var shape = outputs[joined.Names[0]].First().Type.TensorType.Shape?.Dim.Select(d => d.DimValue).ToArray() ?? [];
        if (shape.Length is not (2 or 3) || shape[^1] is < 1 or > MostColumns || shape[^2] > MostRows)
        {
            throw Unfit($"output '{joined.Names[0]}' is declared as [{string.Join(", ", shape.Select(d => d < 1 ? "free" : $"{d}"))}]; expected [1, N, k] or [N, k] with a number k");
        }

        var (rows, columns) = (shape[^2], shape[^1]);
        var varies = rows < 1;
        if (varies && Input(model.Graph, inputName) is { } image)
        {
            // With several images, each would have as many rows as the one that has most: those of others belong to none.
            image.Dim[0] = new TensorShapeProto.Types.Dimension { DimValue = 1 };
        }

        var writer = new GraphWriter();
        string Rows(string name, long numbers) => writer.Node(
            "Reshape", [writer.Node("Cast", [name], GraphWriter.Integer("to", (long)DataType.Float)), writer.Constant((long[])(varies ? [1, -1, numbers] : [-1, rows, numbers]), 3)]);
        var all = writer.Node("Concat", [.. joined.Names.Select((name, i) => Rows(name, i == 0 ? columns : 1))], GraphWriter.Integer("axis", 2));
        var length = columns + joined.Names.Count - 1;
        if (varies)
        {
            rows = joined.MaxRows;
            var filled = writer.Node("Concat", [all, writer.Constant(new float[rows * length], 1, rows, length)], GraphWriter.Integer("axis", 1));
            all = writer.Node("Gather", [filled, writer.Constant(Enumerable.Range(0, (int)rows).Select(i => (long)i).ToArray(), rows)], GraphWriter.Integer("axis", 1));
        }

        if (joined.CountName is { } count)
        {
            var number = writer.Node(
                "Reshape", [writer.Node("Cast", [count], GraphWriter.Integer("to", (long)DataType.Float)), writer.Constant([-1L, 1, 1], 3)]);
            var isFilled = writer.Node("Less", [writer.Constant(Enumerable.Range(0, (int)rows).Select(i => (float)i).ToArray(), 1, rows, 1), number]);
            all = writer.Node("Where", [isFilled, all, writer.Constant([0f], 1, 1, 1)]);
        }

        writer.Output(all, joined.Name, DataType.Float, varies ? 1 : -1, rows, length);
        if (!varies)
        {
            writer.Graph.Output[0].Type.TensorType.Shape.Dim[0] = new TensorShapeProto.Types.Dimension { DimParam = "images" };
        }

        // As nodes: before its version 4 the format has no initializers that are not inputs.
        model.Graph.Node.AddRange(writer.Graph.Initializer.Select(t => new NodeProto
        {
            OpType = "Constant",
            Name = t.Name,
            Output = { t.Name },
            Attribute = { new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = t } },
        }));
        model.Graph.Node.AddRange(writer.Graph.Node);
        model.Graph.Output.AddRange(writer.Graph.Output);
    }

    /// <summary>Shape of the image input; null where it is not known which that is.</summary>
    private static TensorShapeProto? Input(GraphProto graph, string? name)
    {
        var inputs = graph.Input.Where(i => name is null ? graph.Initializer.All(t => t.Name != i.Name) : i.Name == name).ToList();
        return inputs is [{ Type.TensorType.Shape: { Dim.Count: > 0 } shape }] ? shape : null;
    }
}
