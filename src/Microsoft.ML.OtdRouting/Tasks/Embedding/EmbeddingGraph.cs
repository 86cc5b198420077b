using Microsoft.ML.OtdRouting.Models;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tasks.Embedding;

/// <summary>Writes the features of the first look, the maps and the means into an exported graph.</summary>
internal sealed class EmbeddingGraph(BoundEmbedding task, EmbeddingModel model) : TaskGraph
{
    /// <summary>Added to a cosine ahead of a softmax, leaves nothing of it.</summary>
    private const float FarBelow = -1e5f;

    public override int MemberLength(int resolution) => task.AnswerLength;

    public override string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs)
    {
        var own = Flat(writer, resolution, outputs);
        own = task.Task.UnitLength ? Normalise(writer, own) : own;
        if (task.MapOf(resolution, model.IsTuned)?.Deployed is not { } map)
        {
            return own;
        }

        var matrix = writer.Node("Transpose", [writer.Constant(map.Matrix, task.AnswerLength, map.Inputs)]);
        return writer.Node("Add", [writer.Node("MatMul", [own, matrix]), writer.Constant(map.Offset, 1, task.AnswerLength)]);
    }

    public override string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold)
    {
        var anchors = model.Anchors!;
        var own = Flat(writer, model.FirstLook, outputs);
        var direction = Normalise(writer, own);
        var length = writer.Node("Log", [writer.Node("Max", [Length(writer, own), writer.Constant([UnitVectors.LeastLength], 1, 1)])]);
        var directions = writer.Node("Transpose", [writer.Constant(anchors.Directions, anchors.Count, anchors.Length)]);
        var cosines = writer.Node("Mul", [writer.Node("MatMul", [direction, directions]), writer.Constant([anchors.Sharpness])]);
        if (anchors.FoldCount is { } folds)
        {
            var absent = writer.Constant(Absent(anchors, folds), folds, anchors.Count);
            cosines = writer.Node("Add", [cosines, writer.Node("Gather", [absent, fold])]);
        }

        var parts = writer.Node("Softmax", [cosines], GraphWriter.Integer("axis", 1));
        if (anchors.GroupCount < anchors.Count)
        {
            parts = writer.Node("MatMul", [parts, writer.Constant(Groups(anchors), anchors.Count, anchors.GroupCount)]);
        }

        var least = writer.Constant([Anchors.LeastPart]);
        var sorted = Math.Min(Anchors.Top, anchors.GroupCount);
        var top = writer.Node(
            "TopK",
            [parts, writer.Constant([(long)sorted], 1)],
            [writer.NewName("Top"), writer.NewName("TopIndices")],
            GraphWriter.Integer("axis", 1))[0];
        if (sorted < Anchors.Top)
        {
            // Of fewer anchors than are sorted the others have no part.
            top = writer.Node("Concat", [top, writer.Constant(new float[Anchors.Top - sorted], 1, Anchors.Top - sorted)], GraphWriter.Integer("axis", 1));
        }

        var first = writer.Column(top, 0);
        var logarithms = writer.Node("Log", [writer.Node("Max", [parts, least])]);
        return writer.Node(
            "Concat",
            [
                direction,
                length,
                parts,
                top,
                writer.Node("Log", [writer.Node("Max", [top, least])]),
                writer.Node("Sub", [first, writer.Column(top, 1)]),
                // Over all axes of one image: the axes are an attribute before version 13 of the operators and an input since, and so are not named.
                writer.Node("Neg", [writer.Node("ReduceSum", [writer.Node("Mul", [parts, logarithms])])]),
                writer.Node("Log", [writer.Node("Max", [writer.Node("Sub", [writer.Constant([1f]), first]), least])]),
            ],
            GraphWriter.Integer("axis", 1));
    }

    public override string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route)
    {
        var weights = model.Routes.SelectMany((r, k) => members.Select(m => WeightOf(r, model.Weights[k], m.Resolution))).ToArray();
        var own = writer.Node("Gather", [writer.Constant(weights, model.Routes.Count, members.Count), route]);
        var all = writer.Node("Concat", members.Select(m => m.Value).ToList(), GraphWriter.Integer("axis", 0));
        var mean = writer.Node("MatMul", [own, all]);
        return task.Task.UnitLength ? Normalise(writer, mean) : mean;
    }

    public override IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer) =>
        [new GraphColumn(task.Task.EmbeddingColumnName, answer, DataType.Float, [1, task.AnswerLength], null)];

    /// <summary>Takes an image's fold out of the softmax: folds × anchors.</summary>
    private static float[] Absent(Anchors anchors, int folds)
    {
        var absent = new float[folds * anchors.Count];
        for (var a = 0; a < anchors.Count; a++)
        {
            absent[(anchors.Folds[a] * anchors.Count) + a] = FarBelow;
        }

        return absent;
    }

    /// <summary>Sums parts of anchors into those of groups: anchors × groups.</summary>
    private static float[] Groups(Anchors anchors)
    {
        var groups = new float[anchors.Count * anchors.GroupCount];
        for (var a = 0; a < anchors.Count; a++)
        {
            groups[(a * anchors.GroupCount) + anchors.Groups[a]] = 1;
        }

        return groups;
    }

    private static float WeightOf(Route route, float[] weights, int resolution)
    {
        for (var m = 0; m < weights.Length; m++)
        {
            if (route.Resolutions[m] == resolution)
            {
                return weights[m];
            }
        }

        return 0;
    }

    private string Flat(GraphWriter writer, int resolution, IReadOnlyList<string> outputs) =>
        writer.Node("Reshape", [outputs[task.TensorOf(resolution)], writer.Constant([1L, -1], 2)]);

    /// <summary>Length [1, 1] of a vector [1, n], as <see cref="Normalise"/> has it: the largest number taken out first.</summary>
    private static string Length(GraphWriter writer, string vector)
    {
        var (scaled, scale) = Scale(writer, vector);
        return writer.Node("Mul", [ScaledLength(writer, scaled), scale]);
    }

    /// <summary>As <see cref="UnitVectors.Normalise"/>.</summary>
    private static string Normalise(GraphWriter writer, string vector)
    {
        var (scaled, _) = Scale(writer, vector);
        return writer.Node("Div", [scaled, writer.Node("Max", [ScaledLength(writer, scaled), writer.Constant([UnitVectors.LeastLength], 1, 1)])]);
    }

    private static (string Scaled, string Scale) Scale(GraphWriter writer, string vector)
    {
        var largest = writer.Node("ReduceMax", [writer.Node("Abs", [vector])]);
        var scale = writer.Node("Max", [largest, writer.Constant([UnitVectors.LeastLength], 1, 1)]);
        return (writer.Node("Div", [vector, scale]), scale);
    }

    private static string ScaledLength(GraphWriter writer, string scaled) =>
        writer.Node("Sqrt", [writer.Node("ReduceSum", [writer.Node("Mul", [scaled, scaled])])]);
}
