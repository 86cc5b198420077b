using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Commands;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Training.Tool.Commands;

/// <summary><c>otd adapt</c>: adapts a model to smaller sizes.</summary>
internal sealed class AdaptCommand
{
    public const string Example = "otd adapt --model net.onnx@224 --sizes 96,128,160 --images photos --out models";

    private static readonly Dictionary<string, AdaptedLayers> _layerNames = new()
    {
        ["scales"] = AdaptedLayers.ScalesAndLastLayer,
        ["last"] = AdaptedLayers.LastLayer,
        ["all"] = AdaptedLayers.All,
    };

    private readonly Option<string> _model = new("--model", "-m")
    {
        Description = "ONNX classifier, and the size that it was trained for: net.onnx@224 or net.onnx@224x320 (height x width); the size may be left out where the file says it.",
        HelpName = "FILE[@SIZE]",
        Required = true,
    };

    private readonly Option<int[]> _sizes = new("--sizes")
    {
        Description = "Smaller sizes, with commas between them: heights in pixels; the width follows in the model's proportion.",
        HelpName = "N,N",
        Required = true,
        CustomParser = Sizes,
    };

    private readonly Option<string> _images = new("--images")
    {
        Description = "Photographs like those that will be scored; labels are not needed. A folder of images or of class folders, or a CSV or TSV file with the column Path.",
        HelpName = "DIR|FILE",
        Required = true,
    };

    private readonly Option<string> _out = new("--out") { Description = "Folder for the models, NAME-SIZE.onnx each; made where it is missing.", HelpName = "DIR", Required = true };
    private readonly PreprocessingArguments _preprocessing = new();
    private readonly Option<string> _output = new("--output") { Description = "What the model answers with: logits or probabilities.", DefaultValueFactory = _ => "logits" };
    private readonly DecodingArguments _decoding = new();
    private readonly Option<string> _layers = new("--layers")
    {
        Description = "What is trained: scales (a scale and a shift behind every convolution, and the last layer), last (the last layer alone), or all (all weights besides).",
        DefaultValueFactory = _ => "scales",
    };

    private readonly Option<int> _epochs = new("--epochs") { Description = "How often every image is seen at each size.", DefaultValueFactory = _ => new AdaptationOptions().Epochs };
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of what is random.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private AdaptCommand(ToolConsole console)
    {
        _console = console;
        _output.AcceptOnlyFromAmong("logits", "probabilities");
        _layers.AcceptOnlyFromAmong([.. _layerNames.Keys]);
        _threads.Description = "Threads of libtorch and ONNX Runtime; their own choice without it. On a busy machine fewer are faster.";
    }

    /// <summary>The command with its options.</summary>
    public static OtdRouting.Tool.Commands.Command Create(ToolConsole console)
    {
        AdaptCommand handler = new(console);
        OtdRouting.Tool.Commands.Command command = new(
            "adapt",
            "Adapts a model to smaller sizes: at each it is trained to say what it says itself at its own size. A size that would not be better stays as it was.\n\n" +
            $"Example:\n  {Example}");
        foreach (Option option in (Option[])
            [handler._model, handler._sizes, handler._images, handler._out, .. handler._preprocessing.Options, handler._output, handler._layers, handler._epochs,
                .. handler._decoding.Options, handler._seed, handler._threads, handler._json])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        int epochs = options.GetValue(_epochs);
        if (epochs < 1)
        {
            throw new UsageException($"--epochs is {epochs}; it must be at least 1.");
        }

        ModelArgument model = ReadModel(options.GetValue(_model)!);
        string folder = options.GetValue(_out)!;
        AdaptationProgressLines progress = new(_console, model.ToResolution(ImagePreprocessing.None, default).Name);
        AdaptationOptions adaptation = new()
        {
            Model = model.ToResolution(_preprocessing.Read(options), options.GetValue(_output) == "probabilities" ? ModelOutputKind.Probabilities : ModelOutputKind.Logits),
            OutputFolder = folder,
            ImageColumnName = ImageList.PathColumn,
            Decoding = _decoding.Read(options),
            Layers = _layerNames[options.GetValue(_layers)!],
            Epochs = epochs,
            Seed = options.GetValue(_seed),
            Threads = options.GetValue(_threads),
            Progress = progress,
            CancellationToken = cancellation,
        };
        foreach (int size in options.GetValue(_sizes)!)
        {
            adaptation.Sizes.Add(size);
        }

        ImageList images = ImageList.Read(options.GetValue(_images)!, labelled: false, _console.Warn);
        MLContext context = ContextLog.Create(_console, adaptation.Seed, verbose: false);
        AdaptationResult result;
        try
        {
            result = context.OtdRouting().Adapt(adaptation, images.ToUnlabelledView(context, cancellation: cancellation));
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            progress.Finish();
            _console.Warn($"Cancelled. Sizes that were finished before are in {folder}; of the others nothing was written.");
            return ExitCode.Failure;
        }

        progress.Finish();
        if (options.GetValue(_json))
        {
            _console.WriteJson(Json(result));
        }
        else
        {
            Print(result);
        }

        return ExitCode.Success;
    }

    /// <summary>The model and its size: the one that is named, or that of the file.</summary>
    private static ModelArgument ReadModel(string text)
    {
        if (ModelArgument.Parse(text) is { } named)
        {
            return named;
        }

        return ModelSize.Of(text) is { } size
            ? new ModelArgument(text, size.Height, size.Width)
            : throw new DataException($"{text} takes images of any size; name the one that it was trained for, as in --model {text}@224.");
    }

    private static int[] Sizes(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        List<int> sizes = [];
        foreach (string part in text.Split(','))
        {
            if (!ushort.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out ushort size) || size == 0 || sizes.Contains(size))
            {
                result.AddError($"--sizes is '{text}'; expected distinct heights in pixels with commas between them, such as 96,128,160.");
                return [];
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static JsonObject Json(AdaptationResult result) => new()
    {
        ["trainingImages"] = result.TrainingImages,
        ["heldBackImages"] = result.HeldBackImages,
        ["sizes"] = new JsonArray([.. result.Sizes.Select(size => new JsonObject
        {
            ["size"] = size.Resolution.Name,
            ["out"] = size.Resolution.ModelFile,
            ["adapted"] = size.IsAdapted,
            ["before"] = Json(size.Before),
            ["after"] = Json(size.After),
            ["seconds"] = size.Time.TotalSeconds,
        })]),
    };

    private static JsonObject Json(AdaptationQuality quality) =>
        new() { ["divergence"] = ToolConsole.Number(quality.Loss), ["agreement"] = ToolConsole.Number(quality.Agreement) };

    private void Print(AdaptationResult result)
    {
        string largest = result.Resolutions[^1].Name;
        Table table = MetricsReport.NumberTable("file", "size", $"agreement with {largest}, before", "after", "divergence, before", "after ", "seconds", "");
        foreach (AdaptedResolution size in result.Sizes)
        {
            table.AddRow(
                Markup.Escape(size.Resolution.ModelFile),
                size.Resolution.Name,
                size.Before.Agreement.ToString("P1", CultureInfo.InvariantCulture),
                size.After.Agreement.ToString("P1", CultureInfo.InvariantCulture),
                size.Before.Loss.ToString("F3", CultureInfo.InvariantCulture),
                size.After.Loss.ToString("F3", CultureInfo.InvariantCulture),
                size.Time.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture),
                size.IsAdapted ? "" : "stays as it was");
        }

        _console.Text.Write(table);
        string models = string.Join(' ', result.Resolutions.Select(r => $"--model {r.ModelFile}@{r.Name}"));
        _console.Text.WriteLine($"Trained on {result.TrainingImages} images, measured on {result.HeldBackImages} others. On images with labels, otd sweep shows what it is worth: {models}");
    }
}
