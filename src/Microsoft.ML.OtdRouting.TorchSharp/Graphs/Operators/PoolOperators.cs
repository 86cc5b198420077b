using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>Operators that take a mean, a sum or a maximum over positions.</summary>
internal static class PoolOperators
{
    public static IEnumerable<(string Name, Operator Compute)> All =>
    [
        ("GlobalAveragePool", (node, inputs) => node.Required(inputs, 0) is var input ? input.mean(Spatial(input), true) : input),
        ("GlobalMaxPool", (node, inputs) => node.Required(inputs, 0) is var input ? input.amax(Spatial(input), true) : input),
        ("AveragePool", Average),
        ("MaxPool", Maximum),
        ("ReduceMean", (node, inputs) => Reduce(node, inputs, (input, axes, keep) => input.mean(axes, keep))),
        ("ReduceSum", (node, inputs) => Reduce(node, inputs, (input, axes, keep) => input.sum(axes, keep))),
        ("ReduceMax", (node, inputs) => Reduce(node, inputs, (input, axes, keep) => input.amax(axes, keep))),
    ];

    private static long[] Spatial(Tensor input) => [.. Enumerable.Range(2, (int)input.dim() - 2).Select(axis => (long)axis)];

    private static Tensor Average(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var (input, kernel, strides, dilations, ceiling) = Window(node, inputs);
        if (dilations.Any(d => d != 1))
        {
            throw node.Unfit("has dilations, which a mean is not computed with here");
        }

        var padding = Padding.Of(node, input, kernel, strides, dilations);
        var counted = node.Integer("count_include_pad", 0) != 0;
        if (padding.IsSymmetric && 2 * padding.Top <= kernel[0] && 2 * padding.Left <= kernel[1])
        {
            return functional.avg_pool2d(input, kernel, strides, padding.Sides, ceiling, counted);
        }

        using var scope = NewDisposeScope();
        var mean = functional.avg_pool2d(padding.Around(input, 0), kernel, strides, ceil_mode: ceiling);
        if (counted)
        {
            return mean.MoveToOuterDisposeScope();
        }

        // How much of each window is image.
        var image = ones([1, 1, input.shape[2], input.shape[3]], dtype: input.dtype, device: input.device);
        return (mean / functional.avg_pool2d(padding.Around(image, 0), kernel, strides, ceil_mode: ceiling)).MoveToOuterDisposeScope();
    }

    private static Tensor Maximum(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var (input, kernel, strides, dilations, ceiling) = Window(node, inputs);
        var padding = Padding.Of(node, input, kernel, strides, dilations);
        if (padding.IsSymmetric && 2 * padding.Top <= kernel[0] && 2 * padding.Left <= kernel[1])
        {
            return functional.max_pool2d(input, kernel, strides, padding.Sides, dilations, ceiling);
        }

        using var padded = padding.Around(input, double.NegativeInfinity);
        return functional.max_pool2d(padded, kernel, strides, [0, 0], dilations, ceiling);
    }

    private static (Tensor Input, long[] Kernel, long[] Strides, long[] Dilations, bool Ceiling) Window(GraphNode node, IReadOnlyList<Tensor?> inputs)
    {
        var input = node.Required(inputs, 0);
        var kernel = node.Integers("kernel_shape");
        if (kernel is not { Length: 2 } || input.dim() != 4)
        {
            throw node.Unfit($"has an input of shape {input.Shape()}; pools over two axes are understood here");
        }

        return (input, kernel, node.IntegersOrOnes("strides", 2), node.IntegersOrOnes("dilations", 2), node.Integer("ceil_mode", 0) != 0);
    }

    private static Tensor Reduce(GraphNode node, IReadOnlyList<Tensor?> inputs, Func<Tensor, long[], bool, Tensor> reduce)
    {
        var input = node.Required(inputs, 0);
        var axes = node.Integers("axes", inputs, 1) ?? [];
        if (axes.Length == 0)
        {
            if (node.Integer("noop_with_empty_axes", 0) != 0)
            {
                return input.alias();
            }

            axes = [.. Enumerable.Range(0, (int)input.dim()).Select(axis => (long)axis)];
        }

        return reduce(input, axes, node.Integer("keepdims", 1) != 0);
    }
}
