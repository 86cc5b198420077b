using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Persistence;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>The table that <c>otd score</c> writes.</summary>
/// <param name="request">What is asked for.</param>
internal abstract class ScoreTable(ScoreRequest request)
{
    private readonly char _separator = Path.GetExtension(request.File).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';

    /// <summary>Mean cost of an image that has an answer; NaN where none has.</summary>
    public double MeanCost { get; private set; }

    /// <summary>Names of the table's columns.</summary>
    protected abstract IReadOnlyList<string> Columns { get; }

    /// <summary>Names of the columns of the data that it is made of, besides the route and its cost.</summary>
    protected abstract IReadOnlyList<string> Sources { get; }

    /// <summary>Scores the rows and writes the table, whole or not at all.</summary>
    public virtual void Write(IDataView scored) => WholeFile.Write(request.File, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), -1, leaveOpen: true) { NewLine = "\n" };
        WriteRow(writer, Columns);
        DataViewSchema schema = scored.Schema;
        using DataViewRowCursor cursor = scored.GetRowCursor([.. Sources.Select(name => schema[name]), schema["Route"], schema["Cost"]]);
        Func<IEnumerable<string[]>> answers = Open(cursor);
        ValueGetter<uint> getRoute = cursor.GetGetter<uint>(schema["Route"]);
        ValueGetter<float> getCost = cursor.GetGetter<float>(schema["Cost"]);
        (uint route, float cost, double sum, int answered) = (0, 0, 0, 0);
        while (cursor.MoveNext())
        {
            getRoute(ref route);
            getCost(ref cost);
            string name = request.Images.Images[(int)cursor.Position].Name;
            if (route == 0)
            {
                Skip(cursor);
                WriteRow(writer, [name, .. Enumerable.Repeat("", Columns.Count - 1)]);
                continue;
            }

            sum += cost;
            answered++;
            foreach (string[] answer in answers())
            {
                WriteRow(writer, Row(name, request.Fitted.Router.Routes[(int)route - 1].Name, Number(cost), answer));
            }
        }

        MeanCost = sum / answered;
    });

    /// <summary>Prepares the reading of answers: the fields of each row that an image gets in the table.</summary>
    protected abstract Func<IEnumerable<string[]>> Open(DataViewRowCursor cursor);

    /// <summary>Is told of an image that failed.</summary>
    protected virtual void Skip(DataViewRowCursor cursor)
    {
    }

    /// <summary>A row, in the order of <see cref="Columns"/>.</summary>
    protected virtual IEnumerable<string> Row(string name, string route, string cost, string[] answer) => [name, route, cost, .. answer];

    /// <summary>A number, as it stands in the table.</summary>
    protected static string Number(double value) => value.ToString("0.#######", CultureInfo.InvariantCulture);

    private void WriteRow(StreamWriter writer, IEnumerable<string> fields) => writer.WriteLine(string.Join(_separator, fields.Select(Quote)));

    private string Quote(string field) =>
        field.AsSpan().IndexOfAny(_separator, '"', '\n') < 0 && field.IndexOf('\r') < 0 ? field : $"\"{field.Replace("\"", "\"\"")}\"";
}
