using Microsoft.ML.OtdRouting.Models;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>
/// Writes the features of the first look into an exported graph, and the answer: the predictions of the route's most expensive resolution with the highest scores, ahead
/// of suppression, fusion and calibration, in pixels of the largest resolution. A graph knows nothing of the source image.
/// </summary>
internal sealed class DetectionGraph(BoundDetection task, DetectionModel model) : TaskGraph
{
    private const int Numbers = DetectionRow.DetectionLength;

    private readonly int _most = task.Task.MaxDetections;

    public override int MemberLength(int resolution) => _most * Numbers;

    public override string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs)
    {
        var form = task.Form(resolution);
        var (rows, score, type) = Predictions(writer, resolution, outputs[0]);
        var (scaleX, scaleY) = task.Scale(resolution);
        var corners = Corners(writer, form, rows).Select((c, i) => writer.Node("Mul", [c, writer.Constant([i % 2 == 0 ? scaleX : scaleY], 1, 1)])).ToList();
        var all = writer.Node("Concat", [.. corners, score, type], GraphWriter.Integer("axis", 1));
        var count = Math.Min(_most, form.Count);
        var best = Top(writer, score, count, axis: 0).Indices;
        var top = writer.Node("Gather", [all, writer.Node("Reshape", [best, writer.Constant([(long)count], 1)])]);
        var flat = writer.Node("Reshape", [top, writer.Constant([1L, count * Numbers], 2)]);
        return count == _most
            ? flat
            : writer.Node("Concat", [flat, writer.Constant(new float[(_most - count) * Numbers], 1, (_most - count) * Numbers)], GraphWriter.Integer("axis", 1));
    }

    /// <summary>As <see cref="SceneFeatures.Describe"/>.</summary>
    public override string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold)
    {
        string Number(float value) => writer.Constant([value], 1, 1);
        string Log1(string value) => writer.Node("Log", [writer.Node("Add", [value, Number(1)])]);
        string Times(string a, string b) => writer.Node("Mul", [a, b]);
        var form = task.Form(model.FirstLook);
        var resolution = task.Scorer(model.FirstLook).Resolution;
        var ones = writer.Constant(Enumerable.Repeat(1f, form.Count).ToArray(), 1, form.Count);
        string Sum(string column) => writer.Node("MatMul", [ones, column]);
        var (rows, raw, _) = Predictions(writer, model.FirstLook, outputs[0]);
        var score = writer.Node("Max", [writer.Node("Min", [raw, Number(1 - SceneFeatures.Margin)]), Number(SceneFeatures.Margin)]);
        var corners = Corners(writer, form, rows);
        string Side(int axis) => writer.Node("Max", [writer.Node("Sub", [corners[axis + 2], corners[axis]]), Number(0)]);
        var size = writer.Node("Sqrt", [Times(Times(Side(0), Side(1)), Number(1f / ((float)resolution.Height * resolution.Width)))]);
        var square = Times(score, score);
        var other = writer.Node("Sub", [Number(1), score]);
        var entropy = writer.Node("Neg", [writer.Node("Add", [Times(score, writer.Node("Log", [score])), Times(other, writer.Node("Log", [other]))])]);

        // Below each bound, and below infinity; a size is what is below its bound and not below the one before.
        var below = new List<string>();
        foreach (var bound in SceneFeatures.SizeBounds)
        {
            below.Add(writer.Node("Cast", [writer.Node("Less", [size, Number(bound)])], GraphWriter.Integer("to", (long)DataType.Float)));
        }

        var bins = below.Append(writer.Constant(Enumerable.Repeat(1f, form.Count).ToArray(), form.Count, 1))
            .Select((b, k) => k == 0 ? b : writer.Node("Sub", [b, below[k - 1]])).ToList();
        var total = Sum(square);
        string Mean(string value) => writer.Node("Div", [Sum(Times(square, value)), writer.Node("Add", [total, Number(SceneFeatures.Margin)])]);
        List<string> parts =
        [
            .. bins.Select(b => Log1(Sum(Times(square, b)))),
            .. bins.Select(b => Top(writer, Times(score, b), 1, axis: 0).Values),
            Log1(Sum(entropy)),
            Log1(total),
            Mean(size),
            Mean(writer.Node("Exp", [Times(size, Number(-SceneFeatures.SizeRate))])),
        ];
        if (task.EmbeddingLength(model.FirstLook) > 0)
        {
            parts.Add(writer.Node("Reshape", [outputs[1], writer.Constant([1L, -1], 2)]));
        }

        return writer.Node("Concat", parts, GraphWriter.Integer("axis", 1));
    }

    public override string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route)
    {
        var resolutions = members.Select(m => m.Resolution).ToList();
        var last = model.Routes.Select(r => (long)resolutions.IndexOf(r.Resolutions[^1])).ToArray();
        var all = writer.Node("Concat", members.Select(m => m.Value).ToList(), GraphWriter.Integer("axis", 0));
        var row = writer.Node("Gather", [all, writer.Node("Gather", [writer.Constant(last, last.Length), route])]);
        var scores = writer.Column(Rows(writer, row), 4);
        var low = writer.Node("Less", [scores, writer.Constant([Math.Max(task.Task.LeastScore, float.Epsilon)], 1, 1)]);
        var isFound = writer.Node("Cast", [writer.Node("Not", [low])], GraphWriter.Integer("to", (long)DataType.Float));
        var count = writer.Node("MatMul", [writer.Constant(Enumerable.Repeat(1f, _most).ToArray(), 1, _most), isFound]);
        return writer.Node("Concat", [count, row], GraphWriter.Integer("axis", 1));
    }

    public override IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer)
    {
        var rows = Rows(writer, writer.Node(
            "Slice", [answer, writer.Constant([1L], 1), writer.Constant([1L + (_most * Numbers)], 1), writer.Constant([1L], 1)]));
        string Flat(string value, int length) => writer.Node("Reshape", [value, writer.Constant([1L, length], 2)]);
        var boxes = writer.Node("Slice", [rows, writer.Constant([0L], 1), writer.Constant([4L], 1), writer.Constant([1L], 1)]);
        var bounded = writer.Node("Min", [writer.Column(rows, 5), writer.Constant([(float)(task.Keys.Count - 1)], 1, 1)]);
        var types = writer.Node("Cast", [bounded], GraphWriter.Integer("to", (long)DataType.Int64));
        var keys = Enumerable.Range(0, task.Keys.Count).Select(c => (long)task.Keys.KeyOf(c)).ToArray();
        var key = Flat(writer.Node("Gather", [writer.Constant(keys, keys.Length), types]), _most);
        return
        [
            new GraphColumn(task.Task.PredictedBoundingBoxColumnName, Flat(boxes, 4 * _most), DataType.Float, [1, 4 * _most], null),
            new GraphColumn(task.Task.ScoreColumnName, Flat(writer.Column(rows, 4), _most), DataType.Float, [1, _most], null),
            // Texts leave the graph for ML.NET alone; elsewhere the number of the class is all there is.
            new GraphColumn($"{task.Task.PredictedLabelColumnName}Index", key, DataType.Int64, [1, _most], null),
            new GraphColumn(task.Task.PredictedLabelColumnName, writer.Lookup(task.Keys.Names, key), DataType.String, [1, _most], task.Keys.Names),
        ];
    }

    private string Rows(GraphWriter writer, string row) => writer.Node("Reshape", [row, writer.Constant([(long)_most, Numbers], 2)]);

    /// <summary>Predictions of an image: their numbers [N, L], scores [N, 1] and classes [N, 1], as floats.</summary>
    private (string Rows, string Score, string Type) Predictions(GraphWriter writer, int resolution, string output)
    {
        var form = task.Form(resolution);
        var rows = form.Output == DetectionOutput.ClassScores
            ? writer.Node("Transpose", [writer.Node("Reshape", [output, writer.Constant([(long)form.Length, form.Count], 2)])], GraphWriter.Integers("perm", 1, 0))
            : writer.Node("Reshape", [output, writer.Constant([(long)form.Count, form.Length], 2)]);
        if (form.Output == DetectionOutput.Detections)
        {
            return (rows, Logistic(writer, form, writer.Column(rows, 4)), writer.Column(rows, 5));
        }

        var first = form.Length - form.ClassCount!.Value;
        var classes = writer.Node("Slice", [rows, writer.Constant([(long)first], 1), writer.Constant([(long)form.Length], 1), writer.Constant([1L], 1)]);
        var (best, index) = Top(writer, classes, 1, axis: 1);
        var score = Logistic(writer, form, best);
        score = form.Output == DetectionOutput.Objectness ? writer.Node("Mul", [score, Logistic(writer, form, writer.Column(rows, 4))]) : score;
        return (rows, score, writer.Node("Cast", [index], GraphWriter.Integer("to", (long)DataType.Float)));
    }

    /// <summary>Left, top, right and bottom of all predictions, [N, 1] each, in pixels of the model's input.</summary>
    private static string[] Corners(GraphWriter writer, OutputForm form, string rows)
    {
        string[] numbers = [.. Enumerable.Range(0, 4).Select(k => writer.Column(rows, k))];
        string Cells(Func<(float X, float Y, float Stride), float> of) => writer.Constant(form.GridCells.Select(of).ToArray(), form.Count, 1);
        string Add(string a, string b) => writer.Node("Add", [a, b]);
        string Sub(string a, string b) => writer.Node("Sub", [a, b]);
        string Mul(string a, string b) => writer.Node("Mul", [a, b]);
        string[] OfCentre(string x, string y, string width, string height)
        {
            var half = writer.Constant([0.5f], 1, 1);
            var (right, down) = (Mul(width, half), Mul(height, half));
            return [Sub(x, right), Sub(y, down), Add(x, right), Add(y, down)];
        }

        string Size(string logarithm) => Mul(writer.Node("Exp", [writer.Node("Min", [logarithm, writer.Constant([OutputForm.LargestExponent], 1, 1)])]), Cells(c => c.Stride));
        return form.Format switch
        {
            DetectionBoxFormat.Corners => numbers,
            DetectionBoxFormat.CentreSize => OfCentre(numbers[0], numbers[1], numbers[2], numbers[3]),
            DetectionBoxFormat.GridOffsets => OfCentre(
                Mul(Add(numbers[0], Cells(c => c.X)), Cells(c => c.Stride)), Mul(Add(numbers[1], Cells(c => c.Y)), Cells(c => c.Stride)), Size(numbers[2]), Size(numbers[3])),
            _ =>
            [
                Mul(Sub(Cells(c => c.X + 0.5f), numbers[0]), Cells(c => c.Stride)),
                Mul(Sub(Cells(c => c.Y + 0.5f), numbers[1]), Cells(c => c.Stride)),
                Mul(Add(Cells(c => c.X + 0.5f), numbers[2]), Cells(c => c.Stride)),
                Mul(Add(Cells(c => c.Y + 0.5f), numbers[3]), Cells(c => c.Stride)),
            ],
        };
    }

    private static string Logistic(GraphWriter writer, OutputForm form, string value) => form.HasLogits ? writer.Node("Sigmoid", [value]) : value;

    private static (string Values, string Indices) Top(GraphWriter writer, string values, int count, int axis)
    {
        var outputs = writer.Node(
            "TopK", [values, writer.Constant([(long)count], 1)], [writer.NewName("Top"), writer.NewName("TopIndices")], GraphWriter.Integer("axis", axis));
        return (outputs[0], outputs[1]);
    }
}
