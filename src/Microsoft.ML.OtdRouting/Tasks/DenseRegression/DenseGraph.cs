using Microsoft.ML.OtdRouting.Models;
using static Microsoft.ML.OtdRouting.Models.TensorProto.Types;

namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// Writes the features of the first look, the interpolation and the means into an exported graph. All that is linear in a map stands there as a product
/// with constant matrices, which every version of the operators has.
/// </summary>
internal sealed class DenseGraph(BoundDenseRegression task, DenseModel model) : TaskGraph
{
    public override int MemberLength(int resolution) => task.AnswerLength;

    public override string Member(GraphWriter writer, int resolution, IReadOnlyList<string> outputs)
    {
        var map = MapOf(writer, resolution, outputs);
        var resizer = task.ResizerOf(resolution);
        if (resizer.Rows.From != resizer.Rows.To || resizer.Columns.From != resizer.Columns.To)
        {
            map = Product(
                writer,
                writer.Constant(resizer.Rows.ToMatrix(), resizer.Rows.To, resizer.Rows.From),
                map,
                writer.Constant(resizer.Columns.ToMatrix(), resizer.Columns.To, resizer.Columns.From));
        }

        return Row(writer, map);
    }

    public override string Features(GraphWriter writer, IReadOnlyList<string> outputs, string fold)
    {
        var (shape, summary) = (task.Shapes[model.FirstLook], task.SummaryOf(model.FirstLook));
        var (height, width) = (shape.Height, shape.Width);
        var map = MapOf(writer, model.FirstLook, outputs);
        if (task.Task.IsOfRatios)
        {
            map = writer.Node("Log", [writer.Node("Max", [map, writer.Constant([MapSummary.Least])])]);
        }

        string Differences(int[] kernel, int before) => writer.Node("Add",
        [
            writer.Node("Abs", [writer.Node("MatMul", [map, writer.Node("Transpose", [Bands(writer, width, kernel, before)])])]),
            writer.Node("Abs", [writer.Node("MatMul", [Bands(writer, height, kernel, before), map])]),
        ]);

        var (rows, columns) = (Cells(writer, height, summary.CellRows), Cells(writer, width, summary.CellColumns));
        var rough = Differences([1, -2, 1], 1);
        var mean = writer.Node("ReduceMean", [map]);
        var centred = writer.Node("Sub", [map, mean]);
        var roughness = writer.Node("ReduceMean", [rough]);
        List<string> parts =
        [
            Row(writer, Product(writer, rows, map, columns)),
            Row(writer, Product(writer, rows, rough, columns)),
            mean,
            writer.Node("Sqrt", [writer.Node("ReduceMean", [writer.Node("Mul", [centred, centred])])]),
            writer.Node("ReduceMean", [Differences([-1, 1], 0)]),
            roughness,
            writer.Node("Log", [writer.Node("Add", [roughness, writer.Constant([MapSummary.Least])])]),
        ];
        if (shape.Embedding > 0)
        {
            parts.Add(Row(writer, outputs[1]));
        }

        return writer.Node("Concat", parts, GraphWriter.Integer("axis", 1));
    }

    public override string Answer(GraphWriter writer, IReadOnlyList<(int Resolution, string Value)> members, string route)
    {
        var factors = model.Routes.SelectMany((r, k) => members.Select(m => FactorOf(r, model.Mixes[k].Factors, m.Resolution))).ToArray();
        var own = writer.Node("Gather", [writer.Constant(factors, model.Routes.Count, members.Count), route]);
        var all = writer.Node("Concat", members.Select(m => m.Value).ToList(), GraphWriter.Integer("axis", 0));
        var offsets = writer.Constant(model.Mixes.Select(m => m.Offset).ToArray(), model.Routes.Count, 1);
        return writer.Node("Add", [writer.Node("MatMul", [own, all]), writer.Node("Gather", [offsets, route])]);
    }

    public override IReadOnlyList<GraphColumn> Columns(GraphWriter writer, string answer) =>
        [new GraphColumn(task.Task.PredictionColumnName, answer, DataType.Float, [1, task.AnswerLength], null)];

    private static float FactorOf(Route route, float[] factors, int resolution)
    {
        for (var m = 0; m < factors.Length; m++)
        {
            if (route.Resolutions[m] == resolution)
            {
                return factors[m];
            }
        }

        return 0;
    }

    /// <summary>The map [height, width] of a resolution.</summary>
    private string MapOf(GraphWriter writer, int resolution, IReadOnlyList<string> outputs) =>
        writer.Node("Reshape", [outputs[0], writer.Constant([(long)task.Shapes[resolution].Height, task.Shapes[resolution].Width], 2)]);

    private static string Row(GraphWriter writer, string values) => writer.Node("Reshape", [values, writer.Constant([1L, -1], 2)]);

    /// <summary>R · X · Cᵀ.</summary>
    private static string Product(GraphWriter writer, string rows, string map, string columns) =>
        writer.Node("MatMul", [writer.Node("MatMul", [rows, map]), writer.Node("Transpose", [columns])]);

    /// <summary>A matrix, length × length, of differences between neighbours; zeros where one of them is missing.</summary>
    private static string Bands(GraphWriter writer, int length, int[] kernel, int before)
    {
        var matrix = new float[length * length];
        for (var i = before; i + kernel.Length - before <= length; i++)
        {
            for (var j = 0; j < kernel.Length; j++)
            {
                matrix[(i * length) + i - before + j] = kernel[j];
            }
        }

        return writer.Constant(matrix, length, length);
    }

    /// <summary>A matrix, cells × length, of means.</summary>
    private static string Cells(GraphWriter writer, int length, int cells)
    {
        var matrix = new float[cells * length];
        for (var c = 0; c < cells; c++)
        {
            var (start, end) = (MapSummary.Start(c, cells, length), MapSummary.Start(c + 1, cells, length));
            matrix.AsSpan((c * length) + start, end - start).Fill(1f / (end - start));
        }

        return writer.Constant(matrix, cells, length);
    }
}
