using System.Text;

namespace Microsoft.ML.OtdRouting.Quality.Tables;

/// <summary>The results, as Markdown.</summary>
internal sealed class Report
{
    private readonly StringBuilder _text = new();

    public void Heading(string title, params IReadOnlyList<string> paragraphs)
    {
        Progress.Write(title);
        _text.Append("\n## ").Append(title).Append('\n');
        foreach (var paragraph in paragraphs)
        {
            Text(paragraph);
        }
    }

    public void Text(string paragraph) => _text.Append('\n').Append(paragraph).Append('\n');

    public void Table(IReadOnlyList<string> header, IEnumerable<IReadOnlyList<string>> rows)
    {
        _text.Append('\n');
        Row(header);
        Row([.. header.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (var row in rows)
        {
            Row(row);
            Console.WriteLine("    " + string.Join(" | ", row));
        }
    }

    public void Save(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        File.WriteAllText(file, _text.ToString());
        Progress.Write($"Wrote {file}.");
    }

    public static string Percent(double value) => $"{100 * value:0.00}";

    /// <summary>A number with its sign.</summary>
    public static string Signed(double value, int decimals)
    {
        var rounded = Math.Round(value, decimals);
        return (rounded < 0 ? "−" : "+") + Math.Abs(rounded).ToString("F" + decimals);
    }

    public static string Cost(double value) => $"{100 * value:0.0} %";

    private void Row(IReadOnlyList<string> cells) => _text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
