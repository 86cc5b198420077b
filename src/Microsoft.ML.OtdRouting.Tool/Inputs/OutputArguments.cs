using System.CommandLine;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>Options about what a command writes.</summary>
internal static class OutputArguments
{
    /// <summary><c>--json</c>.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Prints one JSON object to standard output; everything else goes to standard error." };

    /// <summary><c>--verbose</c>.</summary>
    public static Option<bool> Verbose() => new("--verbose", "-v") { Description = "Shows what the router tells while it works." };

    /// <summary>The file that a command writes.</summary>
    public static Option<string> File(string name, string description) => new(name) { Description = description, HelpName = "FILE", Required = true };

    /// <summary>Throws, before any work is done, when a file cannot be written to where it is asked for.</summary>
    /// <param name="option">The option, for the message.</param>
    /// <param name="path">The file; null for none.</param>
    /// <exception cref="DataException">The folder does not exist or must not be written to, or the path is no regular file.</exception>
    public static void RequireWritable(string option, string? path)
    {
        if (path is null)
        {
            return;
        }

        try
        {
            WholeFile.Probe(path);
        }
        catch (IOException e)
        {
            throw new DataException($"{option}: {e.Message}");
        }
    }
}
