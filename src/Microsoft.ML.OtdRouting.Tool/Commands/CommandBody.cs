using System.CommandLine;
using Microsoft.ML.OtdRouting.Tool.Output;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary>Gives a command its body.</summary>
internal static class CommandBody
{
    /// <summary>
    /// Runs the body on a thread of its own: System.CommandLine listens for Ctrl-C only once the action has returned its task.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="console">Turns failures into exit codes.</param>
    /// <param name="body">The body; its token is cancelled by Ctrl-C.</param>
    public static void Set(Command command, ToolConsole console, Func<ParseResult, CancellationToken, int> body) =>
        command.SetAction((result, cancellation) => Task.Run(() => console.Guard(() => body(result, cancellation), cancellation), CancellationToken.None));
}
