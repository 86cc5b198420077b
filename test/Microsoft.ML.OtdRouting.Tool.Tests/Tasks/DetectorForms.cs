using Microsoft.ML.OtdRouting.Models;
using Microsoft.ML.OtdRouting.Tests.Models;
using Microsoft.ML.OtdRouting.Tests.Tasks.Detection;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Tasks;

/// <summary>The detectors of <see cref="Scenes"/>, which say the same in the forms that others have.</summary>
internal static class DetectorForms
{
    private const int Numbers = 7;

    /// <summary>Writes both detectors in a form and gives their options: <c>--model</c>, and those that say the form.</summary>
    public static string[] Write(string folder, string form)
    {
        Resolution[] models = form is "plain" or "logits"
            ? Scenes.Write(folder, form == "logits")
            : [.. new[] { 16, Scenes.Side }.Select(size => new Resolution(Detector(size, form).Save(folder, $"{form}-{size}"), size))];
        string[] options = form switch
        {
            "corners" => ["--box-format", "corners"],
            "objectness" => ["--output-form", "objectness"],
            "detections" => ["--output-form", "detections", "--box-format", "corners"],
            "logits" => ["--logits"],
            _ => [],
        };
        return [.. models.SelectMany(m => new[] { "--model", $"{m.ModelFile}@{m.Height}" }), .. options];
    }

    private static TinyGraph Detector(int size, string form)
    {
        TinyGraph graph = Scenes.Detector(size, logits: false);
        graph.Graph.Output.Clear();
        return form switch
        {
            "corners" => Corners(graph, "said in corners").Output("said in corners"),
            // An objectness of one stands ahead of the classes.
            "objectness" => graph
                .Constant("with room", [Numbers + 1, Numbers], [.. Rows(Numbers + 1, (row, column) => row == (column < 4 ? column : column + 1) ? 1 : 0)])
                .Constant("one there", [Numbers + 1, 1], [.. Rows(Numbers + 1, 1, (row, _) => row == 4 ? 1 : 0)])
                .Node("MatMul", ["with room", "output"], "spread").Node("Add", ["spread", "one there"], "with objectness")
                .Node("Transpose", ["with objectness"], "rows of all", ("perm", new long[] { 0, 2, 1 })).Output("rows of all"),
            "detections" => Corners(graph, "said in corners")
                .Node("Transpose", ["said in corners"], "rows of all", ("perm", new long[] { 0, 2, 1 }))
                .Integers("from 0", 0).Integers("to 4", 4).Integers("from 4", 4).Integers("to 7", Numbers).Integers("along", 2)
                .Node("Slice", ["rows of all", "from 0", "to 4", "along"], "corners alone").Node("Slice", ["rows of all", "from 4", "to 7", "along"], "by class")
                .Node("ReduceMax", ["by class"], "best", ("axes", new long[] { 2 }), ("keepdims", 1)).Node("ArgMax", ["by class"], "index", ("axis", 2), ("keepdims", 1))
                .Node("Cast", ["index"], "class", ("to", (int)TensorProto.Types.DataType.Float))
                .Node("Concat", ["corners alone", "best", "class"], "found", ("axis", 2)).Output("found"),
            _ => throw new ArgumentException(form, nameof(form)),
        };
    }

    private static TinyGraph Corners(TinyGraph graph, string output) => graph
        .Constant("to corners", [Numbers, Numbers], [.. Rows(Numbers, (row, column) =>
            row >= 4 ? row == column ? 1 : 0 : column == row % 2 ? 1 : column == 2 + (row % 2) ? row < 2 ? -0.5f : 0.5f : 0)])
        .Node("MatMul", ["to corners", "output"], output);

    private static IEnumerable<float> Rows(int rows, Func<int, int, float> of) => Rows(rows, Numbers, of);

    private static IEnumerable<float> Rows(int rows, int columns, Func<int, int, float> of) =>
        Enumerable.Range(0, rows * columns).Select(i => of(i / columns, i % columns));
}
