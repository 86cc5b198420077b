using System.Runtime.InteropServices;
using Microsoft.ML.OtdRouting.Training.Graphs.Operators;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs;

/// <summary>
/// An ONNX graph as a module, node by node: the input is that of the model, the output what is trained of one of its outputs, [batch, length]. Its weights are
/// parameters that stay as they are until they are asked to be trained.
/// </summary>
/// <remarks>Not safe for concurrent use. The module owns its tensors.</remarks>
internal sealed class TrainableGraph : nn.Module<Tensor, Tensor>
{
    private readonly GraphPlan _plan;
    private readonly Dictionary<string, Tensor> _constants = [];
    private readonly List<GraphNode> _nodes = [];
    private readonly Dictionary<GraphNode, ChannelAffine> _affines = [];
    private readonly List<string>[] _lastUses;

    /// <summary>A module of a plan.</summary>
    /// <param name="plan">The nodes.</param>
    /// <exception cref="NotSupportedException">A constant or a node of constants is not understood; the message names it.</exception>
    public TrainableGraph(GraphPlan plan)
        : base(nameof(TrainableGraph))
    {
        LibTorch.Require();
        _plan = plan;
        using var scope = NewDisposeScope();
        ReadConstants();
        foreach (var node in _nodes.Where(n => n.Operator == "Conv" && WeightOf(n)?.dim() == 4 && IsConstant(n.Inputs.ElementAtOrDefault(2))))
        {
            _affines.Add(node, new ChannelAffine(node, WeightOf(node)!.shape[0]));
        }

        _lastUses = LastUses();
        scope.Detach(_constants.Values);
        scope.Detach(_affines.Values.SelectMany(a => new[] { a.Scale, a.Shift }));
    }

    /// <summary>What is computed.</summary>
    public GraphPlan Plan => _plan;

    /// <summary>Nodes that are computed for every batch, in their order.</summary>
    public IReadOnlyList<GraphNode> Nodes => _nodes;

    /// <summary>Scales and shifts behind the convolutions with weights of their own, in the order of the nodes.</summary>
    public IEnumerable<ChannelAffine> Affines => _nodes.Where(_affines.ContainsKey).Select(n => _affines[n]);

    /// <summary>A constant; null for a tensor that is computed.</summary>
    public Tensor? Constant(string name) => _constants.GetValueOrDefault(name);

    /// <summary>Names of the constants that make the last layer: weight and bias of the last convolution or matrix product.</summary>
    public IReadOnlyList<string> LastLayer()
    {
        var node = _nodes.LastOrDefault(n => WeightOf(n) is not null) ?? throw new NotSupportedException(
            $"'{_plan.ModelFile}' has no convolution and no matrix product with weights of its own before '{_plan.OutputName}'.");
        return WeightsOf(node);
    }

    /// <summary>Names of the weights and biases of all convolutions and matrix products.</summary>
    public IReadOnlyList<string> AllLayers() => [.. _nodes.Where(n => WeightOf(n) is not null).SelectMany(WeightsOf).Distinct()];

    /// <summary>A constant as a parameter that is trained.</summary>
    public Parameter Train(string constant)
    {
        var parameter = (Parameter)_constants[constant];
        parameter.requires_grad = true;
        return parameter;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var values = new Dictionary<string, Tensor> { [_plan.InputName] = ChannelsLast(input) };
        for (var i = 0; i < _nodes.Count; i++)
        {
            values[_nodes[i].Output] = Compute(_nodes[i], values);
            foreach (var name in _lastUses[i])
            {
                // What the backward pass needs of it, libtorch holds itself.
                values[name].Dispose();
                values.Remove(name);
            }
        }

        var output = Value(_plan.OutputName, values)!;
        return output.reshape(input.shape[0], -1).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var constant in _constants.Values)
            {
                constant.Dispose();
            }

            foreach (var affine in Affines)
            {
                affine.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// The same images with the channels of a pixel beside each other in memory, which convolutions hand on: a training step of MobileNet v2 then takes a third to a sixth of
    /// the time.
    /// </summary>
    private static Tensor ChannelsLast(Tensor input) => input.dim() == 4 ? input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : input.alias();

    /// <summary>Constants, and what follows from them alone.</summary>
    private void ReadConstants()
    {
        var needed = _plan.Nodes.SelectMany(n => n.Inputs).ToHashSet();
        foreach (var (name, proto) in _plan.Constants.Where(c => needed.Contains(c.Key)))
        {
            try
            {
                Add(name, TensorContents.Read(proto));
            }
            catch (NotSupportedException e)
            {
                throw new NotSupportedException($"'{_plan.ModelFile}': {e.Message}", e);
            }
        }

        foreach (var node in _plan.Nodes)
        {
            if (node.Inputs.All(IsConstant))
            {
                using var off = no_grad();
                Add(node.Output, Compute(node, []).detach().clone());
            }
            else
            {
                _nodes.Add(node);
            }
        }

        void Add(string name, Tensor value)
        {
            if (value.dtype != ScalarType.Float32)
            {
                _constants.Add(name, value);
                return;
            }

            var parameter = new Parameter(value, requires_grad: false);
            register_parameter($"constant{_constants.Count}", parameter);
            _constants.Add(name, parameter);
        }
    }

    /// <summary>Whether an input is a constant, or not there.</summary>
    private bool IsConstant(string? name) => string.IsNullOrEmpty(name) || _constants.ContainsKey(name);

    /// <summary>The weight of a convolution or matrix product; null for other nodes, and where it is computed from the image.</summary>
    private Tensor? WeightOf(GraphNode node) => node.Operator is "Conv" or "Gemm" or "MatMul" && node.Inputs.Count > 1
        && _constants.GetValueOrDefault(node.Inputs[1]) is { } weight && weight.dtype == ScalarType.Float32
            ? weight
            : null;

    /// <summary>Weight and bias; the bias of a product without one is what is added next, if that is a constant.</summary>
    private List<string> WeightsOf(GraphNode node)
    {
        var names = new List<string> { node.Inputs[1] };
        if (node.Inputs.Count > 2 && _constants.ContainsKey(node.Inputs[2]))
        {
            names.Add(node.Inputs[2]);
        }
        else if (_nodes.FirstOrDefault(n => n.Operator == "Add" && n.Inputs.Contains(node.Output)) is { } sum
            && sum.Inputs.FirstOrDefault(name => _constants.GetValueOrDefault(name) is Parameter) is { } bias)
        {
            names.Add(bias);
        }

        return names;
    }

    private List<string>[] LastUses()
    {
        var last = new Dictionary<string, int>();
        for (var i = 0; i < _nodes.Count; i++)
        {
            foreach (var name in _nodes[i].Inputs.Append(_nodes[i].Output).Where(name => name.Length > 0 && !_constants.ContainsKey(name)))
            {
                last[name] = i;
            }
        }

        last.Remove(_plan.OutputName);
        return [.. Enumerable.Range(0, _nodes.Count).Select(i => last.Where(l => l.Value == i).Select(l => l.Key).ToList())];
    }

    private Tensor? Value(string name, Dictionary<string, Tensor> values) =>
        name.Length == 0 ? null : values.GetValueOrDefault(name) ?? _constants[name];

    private Tensor Compute(GraphNode node, Dictionary<string, Tensor> values)
    {
        var inputs = node.Inputs.Select(name => Value(name, values)).ToList();
        try
        {
            var output = OperatorSet.Find(node)!(node, inputs);
            if (!_affines.TryGetValue(node, out var affine))
            {
                return output;
            }

            using (output)
            {
                return affine.Apply(output);
            }
        }
        catch (NotSupportedException e)
        {
            throw new NotSupportedException($"'{_plan.ModelFile}': {e.Message}", e);
        }
        catch (ExternalException e)
        {
            throw new InvalidDataException(
                $"'{_plan.ModelFile}': node '{node.Name}' ({node.Operator}) cannot be computed of inputs {string.Join(", ", inputs.Select(i => i?.Shape() ?? "none"))}: " +
                e.Message.Split('\n')[0], e);
        }
    }
}
