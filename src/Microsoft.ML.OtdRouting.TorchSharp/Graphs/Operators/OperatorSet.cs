using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>Computes the first output of a node.</summary>
/// <param name="node">The node.</param>
/// <param name="inputs">Its inputs; null for an optional one that is not there.</param>
/// <returns>A tensor that no input is.</returns>
internal delegate Tensor Operator(GraphNode node, IReadOnlyList<Tensor?> inputs);

/// <summary>The operators of ONNX that are understood here: those of convolutional classifiers, and what exporters write around them.</summary>
internal static class OperatorSet
{
    private static readonly Dictionary<string, Operator> _all = new[] { LayerOperators.All, PoolOperators.All, ElementOperators.All, ShapeOperators.All }
        .SelectMany(group => group)
        .ToDictionary(o => o.Name, o => o.Compute);

    /// <summary>The names, in alphabetical order.</summary>
    public static IEnumerable<string> Names => _all.Keys.Order(StringComparer.Ordinal);

    /// <summary>The operator of a node; null for one that is not understood.</summary>
    public static Operator? Find(GraphNode node) => node.IsOfOnnx ? _all.GetValueOrDefault(node.Operator) : null;

    /// <summary>An input that must be there.</summary>
    public static Tensor Required(this GraphNode node, IReadOnlyList<Tensor?> inputs, int index) =>
        (index < inputs.Count ? inputs[index] : null) ?? throw node.Unfit($"has no input {index + 1}");

    /// <summary>An input that may be missing.</summary>
    public static Tensor? Optional(this IReadOnlyList<Tensor?> inputs, int index) => index < inputs.Count ? inputs[index] : null;

    /// <summary>Whole numbers that are an attribute in old versions of an operator, and an input in new ones; null where they are neither.</summary>
    public static long[]? Integers(this GraphNode node, string attribute, IReadOnlyList<Tensor?> inputs, int index) =>
        inputs.Optional(index) is { } input ? Values(input) : node.Integers(attribute);

    /// <summary>The whole numbers of a tensor.</summary>
    public static long[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.to_type(ScalarType.Int64).contiguous().data<long>().ToArray();
    }

    /// <summary>An axis counted from the front.</summary>
    public static long Axis(long axis, long rank) => axis < 0 ? axis + rank : axis;

    /// <summary>A shape for messages.</summary>
    public static string Shape(this Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
