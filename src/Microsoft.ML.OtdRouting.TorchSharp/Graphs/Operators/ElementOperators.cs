using Microsoft.ML.OtdRouting.Training.Arithmetic;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>Operators that work on numbers one by one, and the softmax.</summary>
internal static class ElementOperators
{
    public static IEnumerable<(string Name, Operator Compute)> All =>
    [
        ("Relu", Unary(x => x.relu())),
        ("LeakyRelu", (node, inputs) => node.Required(inputs, 0).LeakyRelu(node.Float("alpha", 0.01f))),
        ("PRelu", PRelu),
        ("Elu", (node, inputs) => node.Required(inputs, 0).Elu(node.Float("alpha", 1))),
        ("Sigmoid", Unary(x => x.sigmoid())),
        ("Tanh", Unary(x => x.tanh())),
        ("Erf", Unary(x => x.erf())),
        ("Exp", Unary(x => x.exp())),
        ("Log", Unary(x => x.log())),
        ("Sqrt", Unary(x => x.sqrt())),
        ("Neg", Unary(x => x.neg())),
        ("Abs", Unary(x => x.abs())),
        ("Reciprocal", Unary(x => x.reciprocal())),
        ("Softplus", Unary(x => functional.softplus(x, 1, 20))),
        ("Gelu", (node, inputs) => Gelu(node.Required(inputs, 0), node.Text("approximate", "none") == "tanh")),
        ("HardSwish", Unary(x => functional.hardswish(x))),
        ("HardSigmoid", HardSigmoid),
        ("Mish", Unary(x => functional.mish(x))),
        ("Clip", Clip),
        ("Softmax", (node, inputs) => OverAxis(node, inputs, (x, axis) => functional.softmax(x, axis))),
        ("LogSoftmax", (node, inputs) => OverAxis(node, inputs, (x, axis) => functional.log_softmax(x, axis))),
        ("Add", Binary((a, b) => a.Plus(b))),
        ("Sub", Binary((a, b) => a.sub(b))),
        ("Mul", Binary((a, b) => a.mul(b))),
        ("Div", Binary(Divide)),
        ("Pow", Binary((a, b) => a.pow(b))),
        ("Sum", Many((a, b) => a.Plus(b))),
        ("Max", Many((a, b) => a.maximum(b))),
        ("Min", Many((a, b) => a.minimum(b))),
        ("Equal", Binary((a, b) => a.eq(b))),
        ("Where", (node, inputs) => where(node.Required(inputs, 0), node.Required(inputs, 1), node.Required(inputs, 2))),
        ("Identity", Unary(x => x.alias())),
        // Of inference: what is left out in training stays.
        ("Dropout", (node, inputs) => node.Required(inputs, 0).alias()),
    ];

    private static Operator Unary(Func<Tensor, Tensor> compute) => (node, inputs) => compute(node.Required(inputs, 0));

    private static Operator Binary(Func<Tensor, Tensor, Tensor> compute) => (node, inputs) =>
    {
        var (a, b) = (node.Required(inputs, 0), node.Required(inputs, 1));
        RequireBroadcast(node, a, b);
        return compute(a, b);
    };

    private static Operator Many(Func<Tensor, Tensor, Tensor> compute) => (node, inputs) =>
    {
        using var scope = NewDisposeScope();
        var result = node.Required(inputs, 0).alias();
        for (var i = 1; i < inputs.Count; i++)
        {
            RequireBroadcast(node, result, node.Required(inputs, i));
            result = compute(result, node.Required(inputs, i));
        }

        return result.MoveToOuterDisposeScope();
    };

    /// <summary>Axes are compared from the last one on; one of them may be 1 or missing.</summary>
    private static void RequireBroadcast(GraphNode node, Tensor a, Tensor b)
    {
        var (left, right) = (a.shape, b.shape);
        for (var axis = 1; axis <= Math.Min(left.Length, right.Length); axis++)
        {
            if (left[^axis] != right[^axis] && left[^axis] != 1 && right[^axis] != 1)
            {
                throw node.Unfit($"has inputs of shapes {a.Shape()} and {b.Shape()}, which do not fit");
            }
        }
    }

    /// <summary>Whole numbers are divided as in C.</summary>
    private static Tensor Divide(Tensor a, Tensor b) =>
        a.is_integral() && b.is_integral() ? a.div(b, RoundingMode.trunc) : a.div(b);

    private static Tensor PRelu(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        using var scope = NewDisposeScope();
        var x = node.Required(inputs, 0);
        return x.relu().Plus(node.Required(inputs, 1) * x.Clamp(double.NegativeInfinity, 0)).MoveToOuterDisposeScope();
    }

    private static Tensor Gelu(Tensor x, bool approximate) => approximate
        ? functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh)
        : functional.gelu(x);

    private static Tensor HardSigmoid(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var (x, alpha, beta) = (node.Required(inputs, 0), node.Float("alpha", 0.2f), node.Float("beta", 0.5f));
        if (alpha == 1f / 6 && beta == 0.5f)
        {
            return functional.hardsigmoid(x);
        }

        using var scope = NewDisposeScope();
        return x.Times(alpha).Plus(beta).Clamp(0, 1).MoveToOuterDisposeScope();
    }

    private static Tensor Clip(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var x = node.Required(inputs, 0);
        var least = inputs.Optional(1)?.Value() ?? node.Float("min", float.MinValue);
        var most = inputs.Optional(2)?.Value() ?? node.Float("max", float.MaxValue);
        return x.Clamp(least, most);
    }

    /// <summary>Until version 13 all axes from the named one on are one.</summary>
    private static Tensor OverAxis(GraphNode node, IReadOnlyList<Tensor?> inputs, Func<Tensor, long, Tensor> compute)
    {
        var x = node.Required(inputs, 0);
        var axis = OperatorSet.Axis(node.Integer("axis", node.Opset >= 13 ? -1 : 1), x.dim());
        if (node.Opset >= 13 || axis == x.dim() - 1)
        {
            return compute(x, axis);
        }

        using var scope = NewDisposeScope();
        return compute(x.flatten(axis), axis).reshape(x.shape).MoveToOuterDisposeScope();
    }
}
