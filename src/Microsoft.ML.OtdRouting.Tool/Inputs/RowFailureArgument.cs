using System.CommandLine;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--on-failure</c>: what becomes of images that cannot be read or on which a model fails.</summary>
internal static class RowFailureArgument
{
    /// <summary>The option.</summary>
    /// <param name="without">What happens without it.</param>
    public static Option<string?> Option(string without)
    {
        Option<string?> option = new("--on-failure")
        {
            Description = "What becomes of an image that cannot be read or on which a model fails or gives no number: fail ends the run, skip leaves its values " +
                $"empty, fallback lets another resolution answer. {without}",
        };
        option.AcceptOnlyFromAmong("fail", "skip", "fallback");
        return option;
    }

    /// <summary>As the library takes it; null where it is not given.</summary>
    public static RowFailureAction? Read(string? value) => value is null ? null : Enum.Parse<RowFailureAction>(value, ignoreCase: true);
}
