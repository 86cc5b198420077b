using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>The way back up from a stage to the one before it, which is twice as high and wide, or one less: every number is taken four times, as a square.</summary>
internal static class Doubling
{
    /// <summary>A stage at the size of the one before.</summary>
    /// <param name="x">[images, channels, h, w].</param>
    /// <param name="height">2h or 2h − 1.</param>
    /// <param name="width">2w or 2w − 1.</param>
    public static Tensor Forward(Tensor x, long height, long width)
    {
        var (images, channels, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        return x.unsqueeze(3).unsqueeze(5).expand(images, channels, h, 2, w, 2).reshape(images, channels, 2 * h, 2 * w).narrow(2, 0, height).narrow(3, 0, width);
    }

    /// <summary>Adds what <see cref="Forward"/> computes.</summary>
    public static string Write(NetworkGraph graph, string x, long height, long width)
    {
        using var twice = tensor(new[] { 1f, 1f, 2f, 2f });
        var doubled = graph.Node(
            "Resize",
            [x, "", graph.Constant(twice)],
            new GraphAttribute("mode", "nearest"),
            new GraphAttribute("coordinate_transformation_mode", "asymmetric"),
            new GraphAttribute("nearest_mode", "floor"));
        return graph.Node("Slice", [doubled, graph.Constant(0L, 0L), graph.Constant(height, width), graph.Constant(2L, 3L)]);
    }

    /// <summary>A side of every stage, each half of the one before, rounded up.</summary>
    /// <param name="side">Side of the image.</param>
    /// <param name="stages">Number of stages.</param>
    public static long[] Halves(long side, int stages)
    {
        var sides = new long[stages];
        for (var s = 0; s < stages; s++)
        {
            sides[s] = side = (side + 1) / 2;
        }

        return sides;
    }
}
