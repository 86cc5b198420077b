using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Graphs.Operators;

/// <summary>What is put around the two spatial axes of a batch before a window slides over it.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Left">Columns on the left.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Right">Columns on the right.</param>
internal readonly record struct Padding(long Top, long Left, long Bottom, long Right)
{
    /// <summary>The padding of a node, from its attributes and the size of its input.</summary>
    /// <param name="node">A convolution or a pool.</param>
    /// <param name="input">Its input, [batch, channels, height, width].</param>
    /// <param name="kernel">Sides of the window.</param>
    /// <param name="strides">Steps of the window.</param>
    /// <param name="dilations">Distances between what the window sees.</param>
    public static Padding Of(GraphNode node, Tensor input, long[] kernel, long[] strides, long[] dilations)
    {
        var mode = node.Text("auto_pad", "NOTSET");
        if (mode is "NOTSET" or "")
        {
            return node.Integers("pads") is { } pads ? new Padding(pads[0], pads[1], pads[2], pads[3]) : default;
        }

        if (mode == "VALID")
        {
            return default;
        }

        if (mode is not ("SAME_UPPER" or "SAME_LOWER"))
        {
            throw node.Unfit($"has auto_pad {mode}; NOTSET, VALID, SAME_UPPER and SAME_LOWER are understood here");
        }

        Span<long> missing = stackalloc long[2];
        for (var axis = 0; axis < 2; axis++)
        {
            var size = input.shape[axis + 2];
            var windows = (size + strides[axis] - 1) / strides[axis];
            missing[axis] = Math.Max(0, ((windows - 1) * strides[axis]) + ((kernel[axis] - 1) * dilations[axis]) + 1 - size);
        }

        // An odd row or column goes behind (upper) or in front.
        var (small, large) = ((missing[0] / 2, missing[1] / 2), (missing[0] - (missing[0] / 2), missing[1] - (missing[1] / 2)));
        return mode == "SAME_UPPER"
            ? new Padding(small.Item1, small.Item2, large.Item1, large.Item2)
            : new Padding(large.Item1, large.Item2, small.Item1, small.Item2);
    }

    /// <summary>Whether it is the same on both sides of each axis, which torch's operators take by themselves.</summary>
    public bool IsSymmetric => Top == Bottom && Left == Right;

    /// <summary>The rows and columns of one side, for a padding that is symmetric.</summary>
    public long[] Sides => [Top, Left];

    /// <summary>The batch with the padding around it.</summary>
    public Tensor Around(Tensor input, double value) => nn.functional.pad(input, [Left, Right, Top, Bottom], TorchSharp.PaddingModes.Constant, value);
}
