using System.CommandLine;
using System.Text.Json.Nodes;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd export</c>: writes a fitted router as one ONNX graph.</summary>
internal sealed class ExportCommand
{
    public const string Example = "otd export --fitted model.zip --onnx routed.onnx";

    private readonly Option<string> _fitted = FittedRouter.Option();
    private readonly Option<string> _onnx = OutputArguments.File("--onnx", "Where the graph goes.");
    private readonly Option<string> _image = new("--image-format")
    {
        Description = "What the graph takes: planar (float [1, 3, height, width], RGB 0..255) or bytes (uint8 [1, height, width, 3], RGB).",
        DefaultValueFactory = _ => "planar",
    };

    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private ExportCommand(ToolConsole console)
    {
        _console = console;
        _image.AcceptOnlyFromAmong("planar", "bytes");
        _budget.Description = "Mean cost of an image, in place of the one that the router was fitted for.";
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        ExportCommand handler = new(console);
        Command command = new(
            "export", $"Writes a fitted router as one ONNX graph that holds the policy and all models, of which only the chosen ones run.\n\nExample:\n  {Example}")
        {
            handler._fitted, handler._onnx, handler._image, handler._budget, handler._unit, handler._json,
        };
        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        string file = options.GetValue(_onnx)!;
        OutputArguments.RequireWritable("--onnx", file);
        MLContext context = ContextLog.Create(_console, 1, verbose: false);
        using FittedRouter fitted = FittedRouter.Load(context, options.GetValue(_fitted)!, threads: null);
        using MemoryStream graph = new();
        ExportedImageFormat format = options.GetValue(_image) == "bytes" ? ExportedImageFormat.InterleavedByte : ExportedImageFormat.PlanarFloat;
        fitted.SetBudget(options.GetValue(_budget), options.GetValue(_unit)!);
        fitted.Router.ExportToOnnx(graph, format);

        cancellation.ThrowIfCancellationRequested();
        byte[] bytes = graph.ToArray();
        // A graph that the runtime does not open must not get a name.
        using InferenceSession session = new(bytes);
        WholeFile.Write(file, stream => stream.Write(bytes));
        JsonArray inputs = Tensors(session.InputMetadata), outputs = Tensors(session.OutputMetadata);
        if (options.GetValue(_json))
        {
            _console.WriteJson(new JsonObject { ["out"] = file, ["inputs"] = inputs, ["outputs"] = outputs, ["bytes"] = bytes.Length });
        }
        else
        {
            Table table = new Table().AddColumns("tensor", "type", "shape");
            foreach ((string kind, JsonNode? tensor) in inputs.Select(t => ("input", t)).Concat(outputs.Select(t => ("output", t))))
            {
                table.AddRow(Markup.Escape($"{kind} {tensor!["name"]}"), $"{tensor["type"]}", Markup.Escape(tensor["shape"]!.ToJsonString()));
            }

            _console.Text.Write(table);
            _console.Text.WriteLine(FormattableString.Invariant($"Wrote {file} ({bytes.Length / 1e6:F1} MB)."));
        }

        return ExitCode.Success;
    }

    private static JsonArray Tensors(IReadOnlyDictionary<string, NodeMetadata> tensors) => new([.. tensors.Select(t => new JsonObject
    {
        ["name"] = t.Key,
        ["type"] = t.Value.ElementDataType.ToString().ToLowerInvariant(),
        ["shape"] = new JsonArray([.. t.Value.Dimensions.Select(d => JsonValue.Create(d))]),
    })]);
}
