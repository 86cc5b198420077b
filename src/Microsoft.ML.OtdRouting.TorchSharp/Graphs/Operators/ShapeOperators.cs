using Microsoft.ML.OtdRouting.Training.Arithmetic;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>Operators that move numbers without changing them, and those that compute shapes.</summary>
internal static class ShapeOperators
{
    public static IEnumerable<(string Name, Operator Compute)> All =>
    [
        ("Concat", Concat),
        ("Flatten", Flatten),
        ("Reshape", Reshape),
        ("Squeeze", Squeeze),
        ("Unsqueeze", Unsqueeze),
        ("Transpose", Transpose),
        ("Expand", (node, inputs) => Expand(node.Required(inputs, 0), OperatorSet.Values(node.Required(inputs, 1)))),
        ("Pad", Pad),
        ("Slice", Slice),
        ("Gather", Gather),
        ("Shape", Shape),
        ("Cast", Cast),
        ("ConstantOfShape", ConstantOfShape),
    ];

    private static Tensor Concat(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var parts = Enumerable.Range(0, inputs.Count).Select(i => node.Required(inputs, i)).ToArray();
        return cat(parts, OperatorSet.Axis(node.Integer("axis", 0), parts[0].dim()));
    }

    private static Tensor Flatten(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var axis = (int)OperatorSet.Axis(node.Integer("axis", 1), input.dim());
        return input.reshape(input.shape[..axis].Aggregate(1L, (product, size) => product * size), -1);
    }

    private static Tensor Reshape(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var shape = node.Integers("shape", inputs, 1) ?? throw node.Unfit("has no shape");
        if (node.Integer("allowzero", 0) == 0)
        {
            for (var axis = 0; axis < shape.Length; axis++)
            {
                shape[axis] = shape[axis] == 0 && axis < input.dim() ? input.shape[axis] : shape[axis];
            }
        }

        return input.reshape(shape);
    }

    private static Tensor Squeeze(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var axes = node.Integers("axes", inputs, 1)?.Select(axis => OperatorSet.Axis(axis, input.dim())).ToList();
        return input.reshape([.. input.shape.Where((size, axis) => axes is null ? size != 1 : !axes.Contains(axis))]);
    }

    private static Tensor Unsqueeze(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var axes = node.Integers("axes", inputs, 1) ?? throw node.Unfit("has no axes");
        var shape = input.shape.ToList();
        foreach (var axis in axes.Select(axis => OperatorSet.Axis(axis, input.dim() + axes.Length)).Order())
        {
            shape.Insert((int)axis, 1);
        }

        return input.reshape([.. shape]);
    }

    private static Tensor Transpose(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        return input.permute(node.Integers("perm") ?? [.. Enumerable.Range(0, (int)input.dim()).Select(axis => input.dim() - 1L - axis)]);
    }

    /// <summary>Either of the two may have the larger axis.</summary>
    private static Tensor Expand(Tensor input, long[] shape)
    {
        var rank = Math.Max(shape.Length, (int)input.dim());
        var sizes = new long[rank];
        for (var axis = 1; axis <= rank; axis++)
        {
            sizes[^axis] = Math.Max(axis <= shape.Length ? shape[^axis] : 1, axis <= input.dim() ? input.shape[^axis] : 1);
        }

        return input.expand(sizes);
    }

    private static Tensor Pad(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var pads = node.Integers("pads", inputs, 1) ?? throw node.Unfit("has no pads");
        var axes = node.Integers("axes", inputs, 3) ?? [.. Enumerable.Range(0, (int)input.dim()).Select(axis => (long)axis)];
        // Torch wants the last axis first.
        var around = new long[2 * input.dim()];
        for (var i = 0; i < axes.Length; i++)
        {
            var fromLast = input.dim() - 1 - OperatorSet.Axis(axes[i], input.dim());
            around[2 * fromLast] = pads[i];
            around[(2 * fromLast) + 1] = pads[i + axes.Length];
        }

        var value = inputs.Optional(2)?.Value() ?? node.Float("value", 0);
        return node.Text("mode", "constant") switch
        {
            "constant" => functional.pad(input, around, PaddingModes.Constant, value),
            "reflect" when input.dim() == 4 && around[4..].All(size => size == 0) => functional.pad(input, around[..4], PaddingModes.Reflect),
            "edge" when input.dim() == 4 && around[4..].All(size => size == 0) => functional.pad(input, around[..4], PaddingModes.Replicate),
            var mode => throw node.Unfit($"pads {input.Shape()} in mode {mode}, which is not understood here"),
        };
    }

    private static Tensor Slice(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        using var scope = NewDisposeScope();
        var input = node.Required(inputs, 0);
        var starts = node.Integers("starts", inputs, 1) ?? throw node.Unfit("has no starts");
        var ends = node.Integers("ends", inputs, 2) ?? throw node.Unfit("has no ends");
        var axes = node.Integers("axes", inputs, 3) ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)];
        var steps = inputs.Optional(4) is { } given ? OperatorSet.Values(given) : [.. Enumerable.Repeat(1L, starts.Length)];
        var result = input.alias();
        for (var i = 0; i < starts.Length; i++)
        {
            if (steps[i] < 1)
            {
                throw node.Unfit($"has a step of {steps[i]}; steps forward are understood here");
            }

            var axis = OperatorSet.Axis(axes[i], input.dim());
            var size = input.shape[axis];
            var start = Math.Clamp(starts[i] < 0 ? starts[i] + size : starts[i], 0, size);
            var end = Math.Clamp(ends[i] < 0 ? ends[i] + size : ends[i], start, size);
            result = result.slice(axis, start, end, steps[i]);
        }

        return result.MoveToOuterDisposeScope();
    }

    private static Tensor Gather(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        using var scope = NewDisposeScope();
        var (input, indices) = (node.Required(inputs, 0), node.Required(inputs, 1));
        var axis = (int)OperatorSet.Axis(node.Integer("axis", 0), input.dim());
        var size = input.shape[axis];
        var values = OperatorSet.Values(indices).Select(index => OperatorSet.Axis(index, size)).ToArray();
        if (values.Any(index => index < 0 || index >= size))
        {
            throw node.Unfit($"asks for what is not in axis {axis} of {input.Shape()}");
        }

        return input.index_select(axis, tensor(values, device: input.device))
            .reshape([.. input.shape[..axis], .. indices.shape, .. input.shape[(axis + 1)..]])
            .MoveToOuterDisposeScope();
    }

    private static Tensor Shape(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var shape = node.Required(inputs, 0).shape;
        var start = (int)Math.Clamp(OperatorSet.Axis(node.Integer("start", 0), shape.Length), 0, shape.Length);
        var end = (int)Math.Clamp(OperatorSet.Axis(node.Integer("end", shape.Length), shape.Length), start, shape.Length);
        return tensor(shape[start..end]);
    }

    private static Tensor Cast(GraphNode node, IReadOnlyList<Tensor?> inputs) => node.Required(inputs, 0).to_type(
        (Models.TensorProto.Types.DataType)node.Integer("to", 0) switch
        {
            Models.TensorProto.Types.DataType.Float => ScalarType.Float32,
            // Shapes are long here, whichever whole numbers the graph has them in.
            Models.TensorProto.Types.DataType.Int64 or Models.TensorProto.Types.DataType.Int32 => ScalarType.Int64,
            Models.TensorProto.Types.DataType.Bool => ScalarType.Bool,
            var type => throw node.Unfit($"makes {type}; float, int64, int32 and bool are understood here"),
        },
        copy: true);

    private static Tensor ConstantOfShape(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        using var scope = NewDisposeScope();
        var value = node.Has("value") ? TensorContents.Read(node.ConstantValue()) : zeros(1);
        return value.reshape(1).expand(OperatorSet.Values(node.Required(inputs, 0))).contiguous().MoveToOuterDisposeScope();
    }
}
