using Microsoft.ML.Runtime;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>What ML.NET and the router say while they work goes to the error stream: warnings always, the rest where it is asked for.</summary>
internal static class ContextLog
{
    private const string RouterSource = "OtdRouting";

    /// <summary>A context whose messages the console shows.</summary>
    /// <param name="console">The console.</param>
    /// <param name="seed">Seed of the context.</param>
    /// <param name="verbose">Whether to show what the router tells besides warnings.</param>
    public static MLContext Create(ToolConsole console, int seed, bool verbose)
    {
        MLContext context = new(seed);
        context.Log += (_, message) =>
        {
            if (message.Kind is ChannelMessageKind.Warning or ChannelMessageKind.Error || (verbose && message.Source.Contains(RouterSource, StringComparison.Ordinal)))
            {
                console.Warn($"{OptionHints.AddTo(message.RawMessage)}");
            }
        };
        return context;
    }
}
