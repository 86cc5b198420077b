using System.CommandLine;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary><c>--threads</c>.</summary>
internal static class ThreadsArgument
{
    /// <summary>The option.</summary>
    public static Option<int?> Option() => new("--threads")
    {
        Description = "Threads of ONNX Runtime, one a processor at most; its own choice without it.",
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out int threads) && threads is >= 1 and <= 1024)
            {
                return threads;
            }

            result.AddError($"--threads is '{result.Tokens[0].Value}'; it must be a whole number from 1 to 1024.");
            return null;
        },
    };
}
