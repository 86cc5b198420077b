using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Output;

/// <summary>Where commands write: results to the output, everything else to the error stream; and how failures become exit codes.</summary>
internal sealed class ToolConsole(TextWriter output, TextWriter error)
{
    /// <summary>Columns of a file or pipe, which has no width of its own.</summary>
    private const int PlainWidth = 160;

    private static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = false,
        NumberHandling = JsonNumberHandling.Strict,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Progress comes from other threads than warnings.</summary>
    private readonly TextWriter _error = TextWriter.Synchronized(error);

    /// <summary>Results for people.</summary>
    public IAnsiConsole Text { get; } = Open(output);

    /// <summary>Whether the error stream, where progress goes, is a terminal.</summary>
    public bool HasTerminal { get; } = ReferenceEquals(error, Console.Error) && !Console.IsErrorRedirected;

    private IAnsiConsole ErrorText { get; } = Open(error);

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

    /// <summary>Texts as a JSON array.</summary>
    public static JsonArray Texts(IEnumerable<string> values) => [.. values.Select(v => JsonValue.Create(v))];

    /// <summary>Writes one JSON object on one line of standard output.</summary>
    public void WriteJson(JsonObject result) => output.WriteLine(result.ToJsonString(_json));

    /// <summary>Writes text to standard output as it is.</summary>
    public void WriteText(string text) => output.WriteLine(text);

    /// <summary>One line on the error stream about a result that stands but should be looked at.</summary>
    public void Warn(FormattableString message)
    {
        string line = FormattableString.Invariant(message);
        if (HasTerminal)
        {
            // Above the progress bar, if there is one.
            ErrorText.WriteLine(line);
        }
        else
        {
            _error.WriteLine(line);
        }
    }

    /// <summary>Does long work and shows how it gets on: a bar on a terminal, plain lines elsewhere.</summary>
    /// <param name="what">What is done, as a title.</param>
    /// <param name="total">Images to work on.</param>
    /// <param name="work">The work; it reports how many images are done.</param>
    /// <param name="after">What is done when all images are read; null when that is all.</param>
    public T Track<T>(string what, int total, Func<IProgress<int>, T> work, string? after = null) => Track(what, total, "images", work, after);

    /// <inheritdoc cref="Track{T}(string, int, Func{IProgress{int}, T}, string?)"/>
    /// <param name="what">What is done, as a title.</param>
    /// <param name="total">How many things to work on.</param>
    /// <param name="things">What they are called.</param>
    /// <param name="work">The work; it reports how many are done.</param>
    /// <param name="after">What is done after the last one; null when that is all.</param>
    public T Track<T>(string what, int total, string things, Func<IProgress<int>, T> work, string? after = null)
    {
        if (HasTerminal)
        {
            return ProgressBar.Run(ErrorText, what, total, things, work, after);
        }

        using ProgressLines lines = new(_error, what, total, things, after);
        T result = work(lines);
        lines.Finish();
        return result;
    }

    /// <summary>Writes over the current line of the terminal.</summary>
    public void Overwrite(string line) => _error.Write($"\r{line}");

    /// <summary>Runs a command's body and turns what it throws about data, files and options into one line and an exit code.</summary>
    /// <param name="body">The body.</param>
    /// <param name="cancellation">Whatever a body throws after this was cancelled comes from there: ML.NET wraps what its workers throw.</param>
    public int Guard(Func<int> body, CancellationToken cancellation = default)
    {
        try
        {
            return body();
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            return Cancelled();
        }
        catch (OperationCanceledException)
        {
            return Cancelled();
        }
        catch (UsageException problem)
        {
            _error.WriteLine(problem.Message);
            return ExitCode.Usage;
        }
        catch (Exception problem) when (IsAboutInput(problem))
        {
            _error.WriteLine(OptionHints.AddTo(OneLine(problem)));
            return ExitCode.Failure;
        }
    }

    private static IAnsiConsole Open(TextWriter writer)
    {
        AnsiConsoleOutput target = new(writer);
        if (target.IsTerminal)
        {
            return AnsiConsole.Create(new AnsiConsoleSettings { Out = target });
        }

        IAnsiConsole plain = AnsiConsole.Create(new AnsiConsoleSettings { Out = target, Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        plain.Profile.Width = PlainWidth;
        return plain;
    }

    private static bool IsAboutInput(Exception problem) =>
        problem is DataException or ArgumentException or InvalidOperationException or NotSupportedException or InvalidDataException or IOException
            or UnauthorizedAccessException or FormatException;

    /// <summary>The message without what .NET adds to it for programmers.</summary>
    private static string OneLine(Exception problem)
    {
        string message = problem.Message;
        if (problem is ArgumentException { ParamName: { } name })
        {
            int suffix = message.IndexOf($" (Parameter '{name}')", StringComparison.Ordinal);
            message = suffix > 0 ? message[..suffix] : message;
        }

        return message.ReplaceLineEndings(" ");
    }

    private int Cancelled()
    {
        _error.WriteLine("Cancelled; nothing was written.");
        return ExitCode.Failure;
    }
}
