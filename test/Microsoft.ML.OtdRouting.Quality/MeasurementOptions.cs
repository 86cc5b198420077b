using Microsoft.ML.OtdRouting.Quality.Tables;

namespace Microsoft.ML.OtdRouting.Quality;

/// <summary>What to measure, and on what.</summary>
/// <param name="Shared">Folder with <c>models</c> and <c>data</c>.</param>
/// <param name="Fashion">Folder with the IDX files of Fashion-MNIST.</param>
/// <param name="Cache">Where outputs of the models are kept.</param>
/// <param name="Report">The report.</param>
/// <param name="Only">Names of the measurements to make; empty for all.</param>
/// <param name="Images">Images on which features of first looks are measured.</param>
internal sealed record MeasurementOptions(string Shared, string Fashion, string Cache, string Report, IReadOnlyList<string> Only, int Images)
{
    public static MeasurementOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            values[args[i]] = args[i + 1];
        }

        string Value(string name, string otherwise) => values.Remove(name, out var value) ? value : otherwise;
        var options = new MeasurementOptions(
            Value("--shared", "../shared"),
            Value("--fashion", "artifacts/fashion-mnist"),
            Value("--cache", "artifacts/scores"),
            Value("--report", "docs/routing-results.md"),
            Value("--only", "").Split(',', StringSplitOptions.RemoveEmptyEntries),
            int.Parse(Value("--images", "2000")));
        return values.Count == 0 && args.Length % 2 == 0
            ? options
            : throw new ArgumentException($"Unknown arguments: {string.Join(' ', args)}. Known: --shared, --fashion, --cache, --report, --only, --images, each with a value.");
    }
}
