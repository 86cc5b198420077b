using System.Text.RegularExpressions;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Messages of the library speak of its options, which have other names on a command line.</summary>
internal static partial class OptionHints
{
    private static readonly Dictionary<string, string> _options = new()
    {
        [nameof(ClassificationTask.ClassNames)] = "is --classes",
        [nameof(ClassificationTask.Teacher)] = "is --teacher",
        [nameof(QualityTarget)] = "is --within or --at-least",
        [nameof(Resolution.Preprocessing)] = "is --preprocessing",
        [nameof(Resolution.Flops)] = "is not needed with --budget-unit ms",
        [nameof(Resolution.OutputKind)] = "is an option of the library alone",
        [nameof(Resolution.InputName)] = "is an option of the library alone",
        [nameof(ScoringOptions.IntraOpNumThreads)] = "is --threads",
    };

    /// <summary>The message, and behind it what the options that it names are called here.</summary>
    public static string AddTo(string message)
    {
        string[] hints = [.. Word().Matches(message).Select(m => m.Value).Distinct().Where(_options.ContainsKey).Select(name => $"{name} {_options[name]}")];
        return hints.Length == 0 ? message : $"{message} (In otd, {string.Join("; ", hints)}.)";
    }

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+\b")]
    private static partial Regex Word();
}
