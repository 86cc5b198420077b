using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Training.Tool.Commands;

namespace Microsoft.ML.OtdRouting.Training.Tool;

/// <summary>The root command of <c>otd-train</c>. Each command is a class with a static <c>Create</c> that is added here; <c>otd</c> hands over the commands of the same name.</summary>
public static class OtdTrainTool
{
    /// <summary>Parses and runs one command line.</summary>
    /// <param name="arguments">Arguments without the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>An exit code of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        ToolConsole console = new(output, error);
        RootCommand root = new($"Networks for several input sizes, made with TorchSharp; the commands of otd that need libtorch.\n\nExamples:\n  {TrainCommand.Example}\n  {AdaptCommand.Example}")
        {
            AdaptCommand.Create(console),
            TrainCommand.Create(console),
        };
        return OtdTool.Run(root, "otd-train", arguments, output, error);
    }
}
