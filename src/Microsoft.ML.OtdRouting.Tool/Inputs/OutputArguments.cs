using System.CommandLine;
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
    /// <exception cref="DataException">The folder does not exist, or the path is a folder.</exception>
    public static void RequireWritable(string option, string path)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw new DataException($"{option} {path}: the folder {folder} does not exist.");
        }

        if (Directory.Exists(path))
        {
            throw new DataException($"{option} {path} is a folder; expected the name of a file.");
        }
    }
}
