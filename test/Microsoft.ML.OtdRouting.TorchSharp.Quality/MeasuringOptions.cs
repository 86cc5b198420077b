namespace Microsoft.ML.OtdRouting.Training.Quality;

/// <summary>What to measure, and on what.</summary>
/// <param name="Shared">Folder with <c>models</c> and <c>data</c>.</param>
/// <param name="Fashion">Folder with the files of Fashion-MNIST as it is published.</param>
/// <param name="Cache">Where models and their outputs are kept.</param>
/// <param name="Reports">Folder for the reports.</param>
/// <param name="Threads">Threads of training.</param>
/// <param name="Only">Names of the measurements to make; empty for all.</param>
internal sealed record MeasuringOptions(string Shared, string Fashion, string Cache, string Reports, int Threads, IReadOnlyList<string> Only)
{
    public static MeasuringOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            values[args[i]] = args[i + 1];
        }

        string Value(string name, string otherwise) => values.Remove(name, out var value) ? value : otherwise;
        var options = new MeasuringOptions(
            Value("--shared", "../shared"),
            Value("--fashion", "/usr/share/datasets/fashion-mnist"),
            Value("--cache", "artifacts/training"),
            Value("--reports", "docs"),
            int.Parse(Value("--threads", "1")),
            Value("--only", "").Split(',', StringSplitOptions.RemoveEmptyEntries));
        return values.Count == 0 && args.Length % 2 == 0
            ? options
            : throw new ArgumentException($"Unknown arguments: {string.Join(' ', args)}. Known: --shared, --fashion, --cache, --reports, --threads, --only, each with a value.");
    }

    public bool Measures(string name) => Only.Count == 0 || Only.Contains(name);
}
