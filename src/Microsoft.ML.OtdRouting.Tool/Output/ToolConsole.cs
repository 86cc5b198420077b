using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Where commands write: results to the output, everything else to the error stream; and how failures become exit codes.</summary>
internal sealed class ToolConsole(TextWriter output, TextWriter error)
{
    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Results for people.</summary>
    public IAnsiConsole Text { get; } = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });

    /// <summary>Whether the error stream, where progress goes, is a terminal.</summary>
    public bool HasTerminal { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    /// <summary>A number as JSON has it: null for NaN and infinities.</summary>
    public static JsonNode? Number(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    /// <summary>Numbers as a JSON array.</summary>
    public static JsonArray Numbers(ReadOnlySpan<double> values)
    {
        JsonArray array = [];
        foreach (double value in values)
        {
            array.Add(Number(value));
        }

        return array;
    }

    /// <summary>Writes one JSON object on one line of standard output.</summary>
    public void WriteJson(JsonObject result) => output.WriteLine(result.ToJsonString(_json));

    /// <summary>One line on the error stream about a result that stands but should be looked at.</summary>
    public void Warn(FormattableString message) => error.WriteLine(FormattableString.Invariant(message));

    /// <summary>Writes over the current line of the terminal.</summary>
    public void Overwrite(string line) => error.Write($"\r{line}");

    /// <summary>Runs a command's body and turns what it throws about data, files and options into one line and an exit code.</summary>
    public int Guard(Func<int> body)
    {
        try
        {
            return body();
        }
        catch (UsageException problem)
        {
            error.WriteLine(problem.Message);
            return ExitCode.Usage;
        }
        catch (Exception problem) when (problem is DataException or ArgumentException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            error.WriteLine(problem.Message.ReplaceLineEndings(" "));
            return ExitCode.Failure;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Cancelled; nothing was written.");
            return ExitCode.Failure;
        }
    }
}
