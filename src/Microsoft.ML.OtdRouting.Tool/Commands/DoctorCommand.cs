using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Examinations;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd doctor</c>: says what is there and what is wrong with it.</summary>
internal sealed class DoctorCommand
{
    public const string Example = "otd doctor --model net-96.onnx@96 --model net-160.onnx@160 --images photos/fit";

    private const int MostCounts = 20;

    private readonly ModelArguments _models = new(least: 0);
    private readonly Option<string> _images = ImagesArgument.Option("Labelled images to look at; the models are tried on up to 64 of them.");
    private readonly Option<string?> _classes = ClassesArgument.Option();
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private DoctorCommand(ToolConsole console)
    {
        _console = console;
        _images.Required = false;
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        DoctorCommand handler = new(console);
        Command command = new(
            "doctor",
            "Says where ML.NET and ONNX Runtime come from, what the models take and give, what images there are, whether they fit together, and what is " +
            $"wrong; exit code 1 if something is. Takes the options of fit.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])[.. handler._models.Options, handler._images, handler._classes, handler._json])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        Diagnosis diagnosis = new();
        MLContext context = ContextLog.Create(_console, 1, verbose: false);
        IReadOnlyList<string>? classes = options.GetValue(_classes) is { } text ? ClassesArgument.Read(text) : null;
        OtdResolutionRouter.Options router = _models.ReadRouter(options);
        int? background = _models.Background(options);
        router.Task = ClassificationTool.Task(classes, background);
        router.CancellationToken = cancellation;
        MachineExamination.Run(diagnosis);
        ModelExamination.Run(diagnosis, context, [.. router.Resolutions], classes, background);
        if (options.GetValue(_images) is { } path
            && ImageExamination.Run(diagnosis, _console, path, classes, cancellation) is { } images
            && router.Resolutions.Count > 1
            && diagnosis.Problems.Count == 0
            && (classes ?? images.Labels).Count == (int)diagnosis.Models[0]!["classes"]!)
        {
            TrialExamination.Run(diagnosis, _console, context, router, images, classes, cancellation);
        }

        if (options.GetValue(_json))
        {
            _console.WriteJson(diagnosis.ToJson());
        }
        else
        {
            Print(diagnosis);
        }

        return diagnosis.Problems.Count == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private void Print(Diagnosis diagnosis)
    {
        Table machine = new Table().HideHeaders().AddColumns("", "");
        foreach ((string key, JsonNode? value) in diagnosis.Machine.Concat(diagnosis.Images ?? []))
        {
            machine.AddRow(Markup.Escape(key == "count" ? "images" : key), Markup.Escape(Describe(value)));
        }

        _console.Text.Write(machine);
        if (diagnosis.Models.Count > 0)
        {
            Table models = MetricsReport.NumberTable("model", "size", "opset", "input", "output", "classes", "embedding", "batch", "MFLOPs", "parameters");
            foreach (JsonNode model in diagnosis.Models.Select(m => m!))
            {
                string file = Path.GetFileName((string)model["model"]!);
                string[] numbers = [.. ((string[])["size", "opset", "input", "output", "classes", "embedding"]).Select(name => $"{model[name]}")];
                string batch = (bool)model["freeBatch"]! ? "free" : "1", flops = ((double)model["flops"]! / 1e6).ToString("F2", CultureInfo.InvariantCulture);
                models.AddRow([.. ((string[])[file, .. numbers, batch, flops, $"{model["parameters"]}"]).Select(Markup.Escape)]);
            }

            _console.Text.Write(models);
        }

        if (diagnosis.Trials.Count > 0)
        {
            Table trials = MetricsReport.NumberTable("model", "size", "images", "accuracy", "least output", "largest output");
            foreach (JsonNode trial in diagnosis.Trials.Select(t => t!))
            {
                string[] numbers = [.. ((string[])["leastOutput", "largestOutput"]).Select(name => ((double?)trial[name])?.ToString("G4", CultureInfo.InvariantCulture) ?? "")];
                string accuracy = ((double?)trial["accuracy"])?.ToString("P1", CultureInfo.InvariantCulture) ?? "";
                trials.AddRow([.. ((string[])[Path.GetFileName((string)trial["model"]!), $"{trial["size"]}", $"{trial["images"]}", accuracy, .. numbers]).Select(Markup.Escape)]);
            }

            _console.Text.Write(trials);
        }

        foreach (string note in diagnosis.Notes)
        {
            _console.Text.MarkupLine($"[yellow]note:[/] {Markup.Escape(note)}");
        }

        foreach (string problem in diagnosis.Problems)
        {
            _console.Text.MarkupLine($"[red]wrong:[/] {Markup.Escape(problem)}");
        }

        _console.Text.MarkupLine(diagnosis.Problems.Count == 0 ? "[green]Nothing is wrong.[/]" : $"[red]{diagnosis.Problems.Count} wrong.[/]");
    }

    private static string Describe(JsonNode? value) => value switch
    {
        JsonArray list => string.Join(", ", list.Select(v => $"{v}")),
        JsonObject counts => string.Join(", ", counts.Take(MostCounts).Select(c => $"{c.Key} {c.Value}")) + (counts.Count > MostCounts ? $", … ({counts.Count} in all)" : ""),
        _ => $"{value}",
    };
}
