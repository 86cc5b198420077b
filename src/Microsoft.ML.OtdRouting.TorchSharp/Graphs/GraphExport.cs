using Microsoft.ML.OtdRouting.Models;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>Writes what was trained back into a copy of the model: the same nodes with new constants, and a bias for convolutions that had none.</summary>
internal sealed class GraphExport
{
    /// <summary>Until this version of the format every constant is declared as an input, too.</summary>
    private const long ConstantsAreInputsBefore = 4;

    private readonly ModelProto _model;
    private readonly Dictionary<string, NodeProto> _makers;
    private readonly HashSet<string> _names;

    private GraphExport(ModelProto model)
    {
        _model = model.Clone();
        _makers = Graph.Node.SelectMany(n => n.Output.Where(o => o.Length > 0).Select(o => (Output: o, Node: n))).ToDictionary(m => m.Output, m => m.Node);
        _names = [.. Graph.Initializer.Select(t => t.Name), .. Graph.Input.Select(i => i.Name), .. _makers.Keys];
    }

    private GraphProto Graph => _model.Graph;

    /// <summary>The model with the weights of a module that was made of it.</summary>
    /// <param name="model">The model; it stays as it is.</param>
    /// <param name="graph">The module.</param>
    public static ModelProto Write(ModelProto model, TrainableGraph graph)
    {
        var export = new GraphExport(model);
        foreach (var affine in graph.Affines)
        {
            export.Fold(affine, graph);
        }

        var folded = graph.Affines.SelectMany(a => a.Node.Inputs.Skip(1)).ToHashSet();
        foreach (var name in graph.AllLayers().Where(name => !folded.Contains(name) && graph.Constant(name) is Parameter { requires_grad: true }))
        {
            export.ReplaceEverywhere(name, graph.Constant(name)!);
        }

        export.RemoveUnused();
        return export._model;
    }

    private void Fold(ChannelAffine affine, TrainableGraph graph)
    {
        using var scope = NewDisposeScope();
        var node = _makers[affine.Node.Output];
        var bias = node.Input.Count > 2 && node.Input[2].Length > 0 ? graph.Constant(node.Input[2]) : null;
        var (weight, shift) = affine.Fold(graph.Constant(node.Input[1])!, bias);
        Replace(node, 1, weight, "weight");
        Replace(node, 2, shift, "bias");
    }

    /// <summary>Gives one input of one node a new constant, under the old name where nothing else uses that.</summary>
    private void Replace(NodeProto node, int input, Tensor value, string stem)
    {
        while (node.Input.Count <= input)
        {
            node.Input.Add("");
        }

        var old = Graph.Initializer.FirstOrDefault(t => t.Name == node.Input[input]);
        if (old is not null && Graph.Node.Sum(n => n.Input.Count(name => name == old.Name)) == 1)
        {
            Graph.Initializer[Graph.Initializer.IndexOf(old)] = TensorContents.Write(old.Name, value);
            return;
        }

        node.Input[input] = Add($"{node.Output[0]}/{stem}", value);
    }

    /// <summary>Gives all nodes that use a constant a new one.</summary>
    private void ReplaceEverywhere(string name, Tensor value)
    {
        if (Graph.Initializer.FirstOrDefault(t => t.Name == name) is { } old)
        {
            Graph.Initializer[Graph.Initializer.IndexOf(old)] = TensorContents.Write(name, value);
            return;
        }

        var changed = Add($"{name}/adapted", value);
        foreach (var node in Graph.Node)
        {
            for (var i = 0; i < node.Input.Count; i++)
            {
                node.Input[i] = node.Input[i] == name ? changed : node.Input[i];
            }
        }
    }

    private string Add(string stem, Tensor value)
    {
        var name = stem;
        for (var i = 2; !_names.Add(name); i++)
        {
            name = $"{stem}/{i}";
        }

        Graph.Initializer.Add(TensorContents.Write(name, value));
        if (_model.IrVersion < ConstantsAreInputsBefore)
        {
            Graph.Input.Add(GraphWriter.Value(name, TensorProto.Types.DataType.Float, value.shape));
        }

        return name;
    }

    /// <summary>Removes constants that nothing uses any more, and the nodes that made them.</summary>
    private void RemoveUnused()
    {
        var before = Graph.Initializer.Select(t => t.Name).ToHashSet();
        bool removed;
        do
        {
            var used = Graph.Node.SelectMany(n => n.Input).Concat(Graph.Output.Select(o => o.Name)).ToHashSet();
            removed = RemoveAll(Graph.Node, n => !n.Output.Any(used.Contains) && n.Input.All(IsConstant)) | RemoveAll(Graph.Initializer, t => !used.Contains(t.Name));
        }
        while (removed);

        before.ExceptWith(Graph.Initializer.Select(t => t.Name));
        RemoveAll(Graph.Input, i => before.Contains(i.Name));

        bool IsConstant(string name) => name.Length == 0 || before.Contains(name) || (_makers.TryGetValue(name, out var maker) && maker.Input.All(IsConstant));
    }

    private static bool RemoveAll<T>(IList<T> list, Func<T, bool> isUnused)
    {
        var any = false;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (isUnused(list[i]))
            {
                list.RemoveAt(i);
                any = true;
            }
        }

        return any;
    }
}
