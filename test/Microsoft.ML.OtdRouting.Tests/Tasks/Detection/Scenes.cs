using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

/// <summary>
/// Scenes of coloured squares, large and small, and two detectors: one sees large squares alone, and of small ones a trace; the other sees both.
/// </summary>
internal static class Scenes
{
    public const int Side = 32;

    /// <summary>Pixels of a large square in a scene of <see cref="Side"/>; a small one has half as many.</summary>
    private const int Large = 8;

    public static readonly string[] ClassNames = ["red", "green", "blue"];

    /// <summary>Scenes as vectors: every square in a cell of its own, and small ones in about half of the scenes.</summary>
    public static List<SceneRow> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => Draw(random, Side, Side, 1)).ToList();
    }

    /// <summary>Scenes of twice the width and the same height, to be letterboxed.</summary>
    public static List<SceneImageRow> WideImages(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => Draw(random, Side, 2 * Side, 2)).Select(row => new SceneImageRow
        {
            Image = ColourPictures.ToImage(row.Image, Side, 2 * Side),
            Label = row.Label,
            BoundingBoxes = row.BoundingBoxes,
            Ignored = row.Ignored,
        }).ToList();
    }

    /// <summary>Writes both detectors.</summary>
    public static Resolution[] Write(string folder, bool logits = false) =>
        [new Resolution(Detector(16, logits).Save(folder, $"scene-16-{logits}"), 16), new Resolution(Detector(Side, logits).Save(folder, $"scene-32-{logits}"), Side)];

    /// <summary>How much more of a colour there is than of the others, averaged in cells; in the finer ones less what the coarser ones have.</summary>
    public static TinyGraph Detector(int size, bool logits)
    {
        var (cell, fine) = (size / 4, size == Side);
        float[] saturation = [1, -0.5f, -0.5f, -0.5f, 1, -0.5f, -0.5f, -0.5f, 1];
        var graph = new TinyGraph()
            .Input("image", -1, 3, size, size)
            .Constant("weights", [3, 3, 1, 1], saturation.Select(w => w / 255).ToArray())
            .Node("Conv", ["image", "weights"], "difference")
            .Node("Relu", ["difference"], "colour")
            .Node("AveragePool", ["colour"], "coarse", ("kernel_shape", new long[] { cell, cell }), ("strides", new long[] { cell, cell }))
            .Constant("factor", [1], 1.1f).Constant("offset", [1], -0.1f).Constant("sure", [1], 0.9f).Constant("none", [1], 0)
            .Node("Mul", ["coarse", "factor"], "scaled").Node("Add", ["scaled", "offset"], "shifted").Node("Relu", ["shifted"], "seen").Node("Mul", ["seen", "sure"], "scored")
            .Integers("rows", 0, 3, -1)
            .Node("Reshape", ["scored", "rows"], "of coarse");
        var boxes = Cells(4, cell);
        if (fine)
        {
            graph.Node("AveragePool", ["colour"], "fine", ("kernel_shape", new long[] { 4, 4 }), ("strides", new long[] { 4, 4 }))
                .Constant("scales", [4], 1, 1, 2, 2)
                .Node("Resize", ["coarse", "", "scales"], "around", ("mode", "nearest"))
                .Node("Sub", ["fine", "around"], "more").Node("Relu", ["more"], "small")
                .Node("Reshape", ["small", "rows"], "of fine")
                .Node("Concat", ["of coarse", "of fine"], "scores", ("axis", 2));
            boxes = [.. boxes.Zip(Cells(8, 4), (a, b) => a.Concat(b).ToArray())];
        }
        else
        {
            graph.Node("Identity", ["of coarse"], "scores");
        }

        if (logits)
        {
            graph.Constant("low", [1], 1e-4f).Constant("high", [1], 1 - 1e-4f).Constant("one", [1], 1)
                .Node("Max", ["scores", "low"], "above").Node("Min", ["above", "high"], "bounded").Node("Sub", ["one", "bounded"], "rest")
                .Node("Div", ["bounded", "rest"], "odds").Node("Log", ["odds"], "said");
        }
        else
        {
            graph.Node("Identity", ["scores"], "said");
        }

        return graph.Constant("boxes", [1, 4, boxes[0].Length], boxes.SelectMany(b => b).ToArray())
            .Node("ReduceMax", ["said"], "largest", ("axes", new long[] { 1 }), ("keepdims", 1))
            .Node("Mul", ["largest", "none"], "nothing")
            .Node("Add", ["boxes", "nothing"], "placed")
            .Node("Concat", ["placed", "said"], "output", ("axis", 1))
            .Output("output");
    }

    /// <summary>Centres and sizes of the cells of a grid, a row for each number.</summary>
    private static float[][] Cells(int count, int size)
    {
        var cells = Enumerable.Range(0, count * count).ToArray();
        return
        [
            [.. cells.Select(i => ((i % count) + 0.5f) * size)],
            [.. cells.Select(i => ((i / count) + 0.5f) * size)],
            [.. cells.Select(_ => (float)size)],
            [.. cells.Select(_ => (float)size)],
        ];
    }

    private static SceneRow Draw(Random random, int height, int width, int scale)
    {
        var plane = height * width;
        var image = new float[3 * plane];
        for (var i = 0; i < image.Length; i++)
        {
            image[i] = random.Next(20);
        }

        var (cell, labels, boxes) = (Large * scale, new List<string>(), new List<float>());
        var cells = Enumerable.Range(0, height / cell * (width / cell)).OrderBy(_ => random.Next()).ToArray();
        var (large, small) = (random.Next(1, 4), random.Next(2) * random.Next(1, 4));
        for (var i = 0; i < large + small; i++)
        {
            var (type, size) = (random.Next(3), i < large ? cell : cell / 2);
            var x0 = (cells[i] % (width / cell) * cell) + (i < large ? 0 : random.Next(2) * size);
            var y0 = (cells[i] / (width / cell) * cell) + (i < large ? 0 : random.Next(2) * size);
            for (var y = y0; y < y0 + size; y++)
            {
                for (var x = x0; x < x0 + size; x++)
                {
                    image[(type * plane) + (y * width) + x] = 225 + random.Next(20);
                }
            }

            labels.Add(ClassNames[type]);
            boxes.AddRange([x0, y0, x0 + size, y0 + size]);
        }

        return new SceneRow { Image = image, Label = [.. labels], BoundingBoxes = [.. boxes], Ignored = new float[labels.Count] };
    }
}

/// <summary>A scene as planar RGB.</summary>
internal sealed class SceneRow
{
    [VectorType(3 * Scenes.Side * Scenes.Side)]
    public float[] Image { get; set; } = [];

    public string[] Label { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public float[] Ignored { get; set; } = [];
}

/// <summary>A scene as an image.</summary>
internal sealed class SceneImageRow
{
    [Microsoft.ML.Transforms.Image.ImageType(Scenes.Side, 2 * Scenes.Side)]
    public MLImage? Image { get; set; }

    public string[] Label { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public float[] Ignored { get; set; } = [];
}
