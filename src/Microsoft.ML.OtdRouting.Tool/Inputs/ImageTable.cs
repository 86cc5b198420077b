using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.VisualBasic.FileIO;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>Reads a CSV or TSV file with a header and the columns <c>Path</c> and <c>Label</c>. Paths are relative to the file.</summary>
internal static class ImageTable
{
    private const string PathColumn = "Path";

    /// <summary>Lists the images in the order of the rows.</summary>
    /// <param name="file">The file; <c>.tsv</c> is separated by tabs, anything else by commas.</param>
    /// <param name="labelled">Whether every image needs a label.</param>
    /// <param name="labelColumn">The column with the labels.</param>
    /// <exception cref="DataException">A row is malformed or its image does not exist; the message names the row.</exception>
    public static IReadOnlyList<LabelledImage> Read(string file, bool labelled, string labelColumn)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        using TextFieldParser parser = new(file) { TrimWhiteSpace = true, HasFieldsEnclosedInQuotes = true };
        parser.SetDelimiters(Path.GetExtension(file).Equals(".tsv", StringComparison.OrdinalIgnoreCase) ? "\t" : ",");
        string[] header = Fields(parser, file, 0) ?? throw new DataException($"{file} is empty; expected a header with the columns Path and Label.");
        int path = Column(header, PathColumn, file), label = labelled ? Column(header, labelColumn, file) : Find(header, labelColumn);
        List<LabelledImage> images = [];
        while (Fields(parser, file, images.Count + 1) is { } fields)
        {
            string row = $"{file}, row {images.Count + 1}";
            if (fields.Length != header.Length)
            {
                throw new DataException($"{row} has {fields.Length} fields; the header has {header.Length} ({string.Join(", ", header)}).");
            }

            if (fields[path].Length == 0)
            {
                throw new DataException($"{row}: {PathColumn} is empty; expected the path of an image.");
            }

            if (labelled && fields[label].Length == 0)
            {
                throw new DataException($"{row} ({fields[path]}): {labelColumn} is empty; expected the name of a class.");
            }

            if (fields.FirstOrDefault(f => f.Contains('\0')) is { } binary)
            {
                throw new DataException($"{row}: '{binary.Replace('\0', '?')}' holds a NUL character; expected text.");
            }

            string image = Path.GetFullPath(fields[path], folder);
            if (!File.Exists(image))
            {
                throw new DataException($"{row}: image {fields[path]} does not exist in {folder}; paths are relative to the table.");
            }

            images.Add(new LabelledImage(image, label < 0 ? "" : fields[label], fields[path]));
        }

        return images.Count > 0 ? images : throw new DataException($"{file} has a header but no rows; expected one row an image.");
    }

    private static string[]? Fields(TextFieldParser parser, string file, int row)
    {
        try
        {
            return parser.ReadFields();
        }
        catch (MalformedLineException)
        {
            throw new DataException($"{file}, {(row == 0 ? "header" : $"row {row}")} (line {parser.ErrorLineNumber}) has a quote that does not end; double quotes inside of fields.");
        }
    }

    private static int Column(string[] header, string name, string file) => Find(header, name) is var index and >= 0
        ? index
        : throw new DataException($"{file} has no column {name}; its columns are {string.Join(", ", header)}.");

    private static int Find(string[] header, string name) => Array.FindIndex(header, h => h.Equals(name, StringComparison.OrdinalIgnoreCase));
}
