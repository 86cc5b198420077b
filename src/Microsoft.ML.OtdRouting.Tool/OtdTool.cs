using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Commands;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool;

/// <summary>The root command of <c>otd</c>. Each command is a class with a static <c>Create</c> that is added here.</summary>
public static class OtdTool
{
    /// <summary>How long a command may take to clean up after Ctrl-C.</summary>
    private static readonly TimeSpan _timeToCancel = TimeSpan.FromSeconds(10);

    /// <summary>Parses and runs one command line.</summary>
    /// <param name="arguments">Arguments without the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>An exit code of <see cref="ExitCode"/>.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        ToolConsole console = new(output, error);
        RootCommand root = new(
            "Multi-resolution vision inference under a compute budget, fitted by optimal transport.\n\nExamples:\n" +
            string.Join('\n', ((string[])[FitCommand.Example, SweepCommand.Example, ScoreCommand.Example, TransportCommand.Example]).Select(example => "  " + example)))
        {
            ProfileCommand.Create(console),
            FitCommand.Create(console),
            EvaluateCommand.Create(console),
            SweepCommand.Create(console),
            SearchCommand.Create(console),
            ScoreCommand.Create(console),
            BenchCommand.Create(console),
            ExportCommand.Create(console),
            DoctorCommand.Create(console),
            TransportCommand.Create(console),
            CompletionCommand.Create(console),
        };
        foreach (TrainingCommand command in TrainingTool.Commands)
        {
            root.Subcommands.Add(new System.CommandLine.Command(command.Name, command.Description));
        }

        return arguments is [var first, ..] && TrainingTool.Commands.Any(c => c.Name == first)
            ? console.Guard(() => TrainingTool.Run(arguments))
            : Run(root, "otd", arguments, output, error);
    }

    /// <summary>Parses and runs a command line of a tool.</summary>
    /// <param name="root">Its commands.</param>
    /// <param name="tool">Its name, for messages.</param>
    /// <param name="arguments">Arguments without the program's name.</param>
    /// <param name="output">Receives results.</param>
    /// <param name="error">Receives progress and errors.</param>
    /// <returns>An exit code of <see cref="ExitCode"/>.</returns>
    internal static int Run(RootCommand root, string tool, IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError problem in parsed.Errors)
            {
                error.WriteLine(problem.Message);
            }

            error.WriteLine($"See '{tool} {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help'.");
            return ExitCode.Usage;
        }

        return parsed.Invoke(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = _timeToCancel,
        });
    }
}
