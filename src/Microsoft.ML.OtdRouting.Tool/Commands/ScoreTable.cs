using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>The table that <c>otd score</c> writes, one row an image.</summary>
/// <param name="file">Where it goes.</param>
/// <param name="images">The images in the order of the rows.</param>
/// <param name="fitted">The router.</param>
/// <param name="top">Classes a row.</param>
internal sealed class ScoreTable(string file, ImageList images, FittedRouter fitted, int top)
{
    private readonly char _separator = Path.GetExtension(file).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';

    /// <summary>Mean cost of an image that has an answer; NaN where none has.</summary>
    public double MeanCost { get; private set; }

    /// <summary>Scores the rows and writes the table, whole or not at all.</summary>
    public void Write(IDataView scored) => WholeFile.Write(file, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), -1, leaveOpen: true) { NewLine = "\n" };
        WriteRow(writer, ["Path", "PredictedLabel", "Route", "Cost", .. Enumerable.Range(1, top).SelectMany(i => new[] { $"Label{i}", $"Score{i}" })]);
        DataViewSchema schema = scored.Schema;
        using DataViewRowCursor cursor = scored.GetRowCursor([schema["Score"], schema["Route"], schema["Cost"]]);
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(schema["Score"]);
        ValueGetter<uint> getRoute = cursor.GetGetter<uint>(schema["Route"]);
        ValueGetter<float> getCost = cursor.GetGetter<float>(schema["Cost"]);
        VBuffer<float> score = default;
        (uint route, float cost, double sum, int answered) = (0, 0, 0, 0);
        int[] order = new int[fitted.Classes.Count];
        float[] scores = new float[order.Length];
        while (cursor.MoveNext())
        {
            getScore(ref score);
            getRoute(ref route);
            getCost(ref cost);
            if (route == 0)
            {
                WriteRow(writer, [images.Images[(int)cursor.Position].Name, .. Enumerable.Repeat("", 3 + (2 * top))]);
                continue;
            }

            sum += cost;
            answered++;
            score.CopyTo(scores);
            Sort(scores, order);
            WriteRow(
                writer,
                [
                    images.Images[(int)cursor.Position].Name,
                    fitted.Classes[order[0]],
                    fitted.Router.Routes[(int)route - 1].Name,
                    Number(cost),
                    .. order.Take(top).SelectMany(c => new[] { fitted.Classes[c], Number(scores[c]) }),
                ]);
        }

        MeanCost = sum / answered;
    });

    /// <summary>Classes in descending order of their scores; of equal ones, the first first.</summary>
    private static void Sort(float[] scores, int[] order)
    {
        for (int c = 0; c < order.Length; c++)
        {
            order[c] = c;
        }

        Array.Sort(order, (a, b) => scores[a] == scores[b] ? a.CompareTo(b) : scores[b].CompareTo(scores[a]));
    }

    private static string Number(double value) => value.ToString("0.#######", CultureInfo.InvariantCulture);

    private void WriteRow(StreamWriter writer, IEnumerable<string> fields) => writer.WriteLine(string.Join(_separator, fields.Select(Quote)));

    private string Quote(string field) =>
        field.AsSpan().IndexOfAny(_separator, '"', '\n') < 0 && field.IndexOf('\r') < 0 ? field : $"\"{field.Replace("\"", "\"\"")}\"";
}
