using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Training.Graphs.Operators;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>What has to be computed of a model for one of its outputs: the nodes in their order, and the constants.</summary>
internal sealed class GraphPlan
{
    private static readonly string[] _forms = ["Identity", "Flatten", "Reshape", "Squeeze"];

    private readonly Dictionary<string, GraphNode> _makers;

    /// <param name="model">The model.</param>
    /// <param name="modelFile">Its path, for messages.</param>
    /// <param name="inputName">Its image input.</param>
    /// <param name="outputName">The output that is asked for.</param>
    /// <param name="skipSoftmax">Whether to compute what goes into the softmax, if one makes the output: logarithms of probabilities lose what is small.</param>
    /// <exception cref="NotSupportedException">The model has operators that are not understood, or keeps parts where they are not looked for; the message names them.</exception>
    /// <exception cref="InvalidDataException">A tensor that is needed does not exist.</exception>
    public GraphPlan(ModelProto model, string modelFile, string inputName, string outputName, bool skipSoftmax)
    {
        ModelFile = modelFile;
        InputName = inputName;
        RequireWhole(model);
        var opset = model.OpsetImport.LastOrDefault(o => o.Domain is "" or "ai.onnx")?.Version ?? 0;
        var all = model.Graph.Node.Where(n => n.Output.Count > 0).Select(n => new GraphNode(n, opset)).ToList();
        _makers = all.Where(n => n.Output.Length > 0).ToDictionary(n => n.Output);
        Constants = model.Graph.Initializer.ToDictionary(t => t.Name, t => t);
        OutputName = skipSoftmax ? BeforeSoftmax(outputName) : outputName;
        var needed = Needed();
        Nodes = all.Where(n => needed.Contains(n.Output)).ToList();
        RequireUnderstood();
        foreach (var node in Nodes.Where(n => n.Operator == "Constant"))
        {
            Constants[node.Output] = ValueOf(node);
        }

        Nodes = Nodes.Where(n => n.Operator != "Constant").ToList();
    }

    /// <summary>Path of the model, for messages.</summary>
    public string ModelFile { get; }

    public string InputName { get; }

    /// <summary>The tensor that is computed: the output that was asked for, or what goes into the softmax that makes it.</summary>
    public string OutputName { get; }

    /// <summary>Whether <see cref="OutputName"/> is what goes into the softmax of the output that was asked for.</summary>
    public bool SkipsSoftmax { get; private set; }

    /// <summary>Nodes in an order in which they can be computed, without constants.</summary>
    public IReadOnlyList<GraphNode> Nodes { get; }

    /// <summary>Constants by name: initializers, and those of nodes.</summary>
    public Dictionary<string, TensorProto> Constants { get; }

    /// <summary>The node that makes a tensor; null for inputs and initializers.</summary>
    public GraphNode? MakerOf(string tensor) => _makers.GetValueOrDefault(tensor);

    private string BeforeSoftmax(string output)
    {
        var maker = MakerOf(output);
        while (maker is not null && _forms.Contains(maker.Operator))
        {
            maker = MakerOf(maker.Inputs[0]);
        }

        SkipsSoftmax = maker is { Operator: "Softmax" };
        return SkipsSoftmax ? maker!.Inputs[0] : output;
    }

    private TensorProto ValueOf(GraphNode constant)
    {
        try
        {
            return constant.ConstantValue();
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"'{ModelFile}': {e.Message}", e);
        }
    }

    private HashSet<string> Needed()
    {
        var needed = new HashSet<string>();
        var open = new Stack<string>([OutputName]);
        while (open.TryPop(out var name))
        {
            if (name.Length == 0 || name == InputName || Constants.ContainsKey(name) || !needed.Add(name))
            {
                continue;
            }

            var maker = MakerOf(name) ?? throw new InvalidDataException(
                $"'{ModelFile}': tensor '{name}' is needed for output '{OutputName}', but it is neither the image input '{InputName}', nor a constant, nor the first output of a node.");
            foreach (var input in maker.Inputs)
            {
                open.Push(input);
            }
        }

        return needed;
    }

    private void RequireWhole(ModelProto model)
    {
        if (model.Functions.Count > 0)
        {
            throw new NotSupportedException($"'{ModelFile}' defines functions of its own; inline them before adapting it.");
        }

        if (model.Graph.Initializer.FirstOrDefault(t => t.ExternalData.Count > 0) is { } outside)
        {
            throw new NotSupportedException($"'{ModelFile}' keeps tensor '{outside.Name}' in another file; save it as one file before adapting it.");
        }
    }

    private void RequireUnderstood()
    {
        var unknown = Nodes
            .Where(n => n.Operator != "Constant" && OperatorSet.Find(n) is null)
            .GroupBy(n => n.Operator)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => $"{g.Key} (node '{g.First().Name}'{(g.Count() > 1 ? $" and {g.Count() - 1} more" : "")})")
            .ToList();
        if (unknown.Count > 0)
        {
            throw new NotSupportedException(
                $"'{ModelFile}' has operators that cannot be trained here: {string.Join(", ", unknown)}. Those that can are {string.Join(", ", OperatorSet.Names)}.");
        }
    }
}
