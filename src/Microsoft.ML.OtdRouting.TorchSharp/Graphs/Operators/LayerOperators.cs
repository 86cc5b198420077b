using Microsoft.ML.OtdRouting.Training.Arithmetic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>Operators with weights: convolutions, matrix products, normalisation.</summary>
internal static class LayerOperators
{
    public static IEnumerable<(string Name, Operator Compute)> All =>
    [
        ("Conv", Convolution),
        ("Gemm", General),
        ("MatMul", Product),
        ("BatchNormalization", BatchNormalization),
        ("InstanceNormalization", InstanceNormalization),
        ("LayerNormalization", LayerNormalization),
        ("LRN", LocalResponse),
    ];

    private static Tensor Convolution(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var (input, weight, bias) = (node.Required(inputs, 0), node.Required(inputs, 1), inputs.Optional(2));
        if (input.dim() != 4 || weight.dim() != 4)
        {
            throw node.Unfit($"has an input of shape {input.Shape()} and a weight of shape {weight.Shape()}; convolutions over two axes are understood here");
        }

        var (strides, dilations, groups) = (node.IntegersOrOnes("strides", 2), node.IntegersOrOnes("dilations", 2), node.Integer("group", 1));
        if (input.shape[1] != weight.shape[1] * groups)
        {
            throw node.Unfit($"has an input of shape {input.Shape()}, which does not fit its weight of shape {weight.Shape()} in {groups} groups");
        }

        var padding = Padding.Of(node, input, [weight.shape[2], weight.shape[3]], strides, dilations);
        if (padding.IsSymmetric)
        {
            return functional.conv2d(input, weight, bias, strides, padding.Sides, dilations, groups);
        }

        using var padded = padding.Around(input, 0);
        return functional.conv2d(padded, weight, bias, strides, [0, 0], dilations, groups);
    }

    private static Tensor General(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (node.Required(inputs, 0), node.Required(inputs, 1), inputs.Optional(2));
        var (alpha, beta) = (node.Float("alpha", 1), node.Float("beta", 1));
        a = node.Integer("transA", 0) != 0 ? a.t() : a;
        b = node.Integer("transB", 0) != 0 ? b.t() : b;
        RequireProduct(node, a, b, rank: 2);
        var result = a.mm(b);
        result = alpha == 1 ? result : result.Times(alpha);
        result = c is null ? result : result.Plus(c, beta);
        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Product(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var (a, b) = (node.Required(inputs, 0), node.Required(inputs, 1));
        RequireProduct(node, a, b, rank: null);
        return a.matmul(b);
    }

    /// <summary>libtorch ends the process where the shapes of a product do not fit.</summary>
    private static void RequireProduct(GraphNode node, Tensor a, Tensor b, int? rank)
    {
        var (left, right) = (a.shape, b.shape);
        var fits = left.Length >= 1 && right.Length >= 1 && (rank is null || (left.Length == rank && right.Length == rank))
            && left[^1] == (right.Length == 1 ? right[0] : right[^2]);
        for (var axis = 3; fits && axis <= Math.Min(left.Length, right.Length); axis++)
        {
            fits = left[^axis] == right[^axis] || left[^axis] == 1 || right[^axis] == 1;
        }

        if (!fits)
        {
            throw node.Unfit($"multiplies {a.Shape()} by {b.Shape()}, which do not fit");
        }
    }

    /// <summary>Normalisation with the moments of the file, as in use.</summary>
    private static Tensor BatchNormalization(GraphNode node, IReadOnlyList<Tensor?> inputs) => node.Integer("training_mode", 0) == 0
        ? functional.batch_norm(
            node.Required(inputs, 0), node.Required(inputs, 3), node.Required(inputs, 4), node.Required(inputs, 1), node.Required(inputs, 2),
            training: false, momentum: 0, eps: node.Float("epsilon", 1e-5f))
        : throw node.Unfit("is in training mode; export the model for inference");

    private static Tensor InstanceNormalization(GraphNode node, IReadOnlyList<Tensor?> inputs) =>
        functional.instance_norm(
            node.Required(inputs, 0), null, null, node.Required(inputs, 1), node.Required(inputs, 2), use_input_stats: true, momentum: 0, eps: node.Float("epsilon", 1e-5f));

    private static Tensor LayerNormalization(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var axis = (int)OperatorSet.Axis(node.Integer("axis", -1), input.dim());
        return functional.layer_norm(input, input.shape[axis..], node.Required(inputs, 1), inputs.Optional(2), node.Float("epsilon", 1e-5f));
    }

    /// <summary>In both alpha is divided by the number of channels in the window.</summary>
    private static Tensor LocalResponse(GraphNode node, IReadOnlyList<Tensor?> inputs) =>
        functional.local_response_norm(
            node.Required(inputs, 0), node.Integer("size", 1), node.Float("alpha", 1e-4f), node.Float("beta", 0.75f), node.Float("bias", 1));
}
