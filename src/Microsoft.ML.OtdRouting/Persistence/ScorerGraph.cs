using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Scoring;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Puts the model of one resolution into a routed graph: resizing, preprocessing, the model's own nodes.</summary>
internal sealed class ScorerGraph
{
    private readonly ResolutionScorer _scorer;
    private readonly ModelProto _model;
    private readonly string _prefix;

    /// <exception cref="NotSupportedException">The model has parts that cannot be put into another graph.</exception>
    public ScorerGraph(ResolutionScorer scorer, int index)
    {
        _scorer = scorer;
        _prefix = $"resolution{index}/";
        _model = scorer.ReadModel();
        if (_model.Functions.Count > 0)
        {
            throw new NotSupportedException($"'{scorer.Resolution.ModelFile}' defines functions of its own; inline them before exporting a router.");
        }

        if (_model.Graph.Initializer.Any(t => t.ExternalData.Count > 0))
        {
            throw new NotSupportedException($"'{scorer.Resolution.ModelFile}' keeps weights in another file; a router is exported as one file.");
        }
    }

    public ModelProto Model => _model;

    public string ModelFile => _scorer.Resolution.ModelFile;

    /// <summary>Writes the whole scorer and returns the names of its tensors, each with a leading batch axis of one.</summary>
    /// <param name="writer">The graph, or the branch of one.</param>
    /// <param name="image">Planar RGB at the largest resolution, [1, 3, H, W].</param>
    public IReadOnlyList<string> Write(GraphWriter writer, string image)
    {
        var prepared = Preprocess(writer, Resize(writer, image));
        if (_scorer.HasHalfInput)
        {
            prepared = writer.Node("Cast", [prepared], GraphWriter.Integer("to", (long)DataType.Float16));
        }

        writer.Node("Identity", [prepared], [_prefix + _scorer.InputName]);
        var constants = _model.Graph.Initializer.ToDictionary(t => t.Name, writer.Constant);
        foreach (var node in _model.Graph.Node)
        {
            var copy = node.Clone();
            Rename(copy, constants);
            writer.Graph.Node.Add(copy);
        }

        return _scorer.Outputs
            .Select(o => (Name: Renamed(o.Name, constants), o.IsHalf))
            .Select(o => o.IsHalf ? writer.Node("Cast", [o.Name], GraphWriter.Integer("to", (long)DataType.Float)) : o.Name)
            .ToList();
    }

    /// <summary>The resizer is linear and separable: two products with constant matrices.</summary>
    private string Resize(GraphWriter writer, string image)
    {
        var resizer = _scorer.Resizer;
        if (resizer.SourceHeight != resizer.TargetHeight)
        {
            var rows = writer.Constant(ImageResizer.Weights(resizer.SourceHeight, resizer.TargetHeight), resizer.TargetHeight, resizer.SourceHeight);
            image = writer.Node("MatMul", [rows, image]);
        }

        if (resizer.SourceWidth != resizer.TargetWidth)
        {
            var columns = Transpose(ImageResizer.Weights(resizer.SourceWidth, resizer.TargetWidth), resizer.TargetWidth, resizer.SourceWidth);
            image = writer.Node("MatMul", [image, writer.Constant(columns, resizer.SourceWidth, resizer.TargetWidth)]);
        }

        return image;
    }

    private string Preprocess(GraphWriter writer, string image)
    {
        var preprocessing = _scorer.Resolution.Preprocessing;
        var affine = Enumerable.Range(0, 3).Select(preprocessing.Affine).ToArray();
        if (affine.Any(a => a is not (1, 0)))
        {
            image = writer.Node("Mul", [image, writer.Constant(affine.Select(a => a.Factor).ToArray(), 1, 3, 1, 1)]);
            image = writer.Node("Add", [image, writer.Constant(affine.Select(a => a.Offset).ToArray(), 1, 3, 1, 1)]);
        }

        if (preprocessing.ChannelOrder == ChannelOrder.Bgr)
        {
            image = writer.Node("Gather", [image, writer.Constant([2L, 1, 0], 3)], GraphWriter.Integer("axis", 1));
        }

        return preprocessing.Layout == PixelLayout.Planar
            ? image
            : writer.Node("Transpose", [image], GraphWriter.Integers("perm", 0, 2, 3, 1));
    }

    private void Rename(NodeProto node, Dictionary<string, string> constants)
    {
        // Nodes may have no name; with the prefix alone they would all have the same, which ONNX Runtime refuses.
        node.Name = node.Name.Length == 0 ? "" : _prefix + node.Name;
        for (var i = 0; i < node.Input.Count; i++)
        {
            node.Input[i] = Renamed(node.Input[i], constants);
        }

        for (var i = 0; i < node.Output.Count; i++)
        {
            node.Output[i] = Renamed(node.Output[i], constants);
        }

        foreach (var graph in node.Attribute.SelectMany(a => a.G is null ? a.Graphs : a.Graphs.Append(a.G)))
        {
            foreach (var inner in graph.Node)
            {
                Rename(inner, constants);
            }

            foreach (var tensor in graph.Initializer)
            {
                tensor.Name = Renamed(tensor.Name, constants);
            }

            foreach (var value in graph.Input.Concat(graph.Output).Concat(graph.ValueInfo))
            {
                value.Name = Renamed(value.Name, constants);
            }
        }
    }

    /// <summary>Names get this resolution's prefix; constants got new names; an empty name stands for a missing optional input.</summary>
    private string Renamed(string name, Dictionary<string, string> constants) =>
        name.Length == 0 ? name : constants.GetValueOrDefault(name, _prefix + name);

    private static float[] Transpose(float[] matrix, int rows, int columns)
    {
        var result = new float[matrix.Length];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
            {
                result[(c * rows) + r] = matrix[(r * columns) + c];
            }
        }

        return result;
    }
}
