using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Commands;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Training.Tool.Commands;

/// <summary><c>otd train</c>: trains a network for several sizes.</summary>
internal sealed class TrainCommand
{
    public const string Example = "otd train --images photos --sizes 64,96,128 --backbone resnet10 --epochs 30 --out models";

    private static readonly Dictionary<string, Backbone> _backbones = new()
    {
        ["resnet8"] = Backbone.ResNet8,
        ["resnet10"] = Backbone.ResNet10,
        ["resnet18"] = Backbone.ResNet18,
        ["vit"] = Backbone.VisionTransformer,
    };

    private static readonly TrainingOptions _defaults = new();

    private readonly Option<string> _images = new("--images")
    {
        Description = "Images with labels: a folder of class folders (DIR/<label>/*.jpg, .png, .webp, .gif or .bmp), or a CSV or TSV file with the columns Path and Label.",
        HelpName = "DIR|FILE",
        Required = true,
    };

    private readonly Option<int[]> _sizes = new("--sizes")
    {
        Description = "Input sizes, with commas between them: sides of a square in pixels.",
        HelpName = "N,N",
        Required = true,
        CustomParser = Sizes,
    };

    private readonly Option<string> _out = new("--out") { Description = "Folder for the models, NAME-SIZE.onnx each; made where it is missing.", HelpName = "DIR", Required = true };
    private readonly Option<string> _name = new("--name") { Description = "What the names of the files begin with.", DefaultValueFactory = _ => _defaults.Name };
    private readonly Option<string> _backbone = new("--backbone")
    {
        Description = "The network: resnet8 for small pictures, resnet10 or resnet18 for photographs, vit for a small vision transformer.",
        DefaultValueFactory = _ => "resnet8",
    };

    private readonly Option<int?> _width = new("--width") { Description = "Channels of the first stage; the backbone's own without it.", HelpName = "N" };
    private readonly Option<int> _epochs = new("--epochs") { Description = "How often every image is seen.", DefaultValueFactory = _ => _defaults.Epochs };
    private readonly Option<int> _batch = new("--batch") { Description = "Images of one step.", DefaultValueFactory = _ => _defaults.BatchSize };
    private readonly Option<int?> _sizesPerStep = new("--sizes-per-step") { Description = "Sizes that a step trains, in turn; all of them without it.", HelpName = "N" };
    private readonly Option<double> _rate = new("--learning-rate") { Description = "Learning rate after the warm-up.", DefaultValueFactory = _ => _defaults.LearningRate };
    private readonly Option<double> _smoothing = new("--label-smoothing") { Description = "Part of the target that is spread over all classes.", DefaultValueFactory = _ => _defaults.LabelSmoothing };
    private readonly Option<int> _crop = new("--pad-and-crop") { Description = "Pixels by which images are moved at most, at the largest size.", DefaultValueFactory = _ => _defaults.PadAndCrop };
    private readonly Option<bool> _noFlips = new("--no-flips") { Description = "Does not mirror images, left for right." };
    private readonly Option<bool> _separate = new("--separate") { Description = "Trains a network of its own for every size, in place of one that all share." };
    private readonly Option<double> _distillation = new("--distillation") { Description = "Weight of what brings the sizes' answers nearer to their mean.", DefaultValueFactory = _ => 0 };
    private readonly Option<double> _plan = new("--plan")
    {
        Description = $"Part of a loss's weight that comes from a transport plan between images and sizes; at most {TrainingOptions.GreatestPlanStrength.ToString(CultureInfo.InvariantCulture)}.",
        DefaultValueFactory = _ => 0,
    };

    private readonly Option<double> _heldBack = new("--held-back") { Description = "Part of the images that is not trained on, and tells how good each size is.", DefaultValueFactory = _ => _defaults.HeldBackFraction };
    private readonly Option<string?> _checkpoints = new("--checkpoints") { Description = "Folder for a checkpoint after every epoch, from which the same command goes on.", HelpName = "DIR" };
    private readonly DecodingArguments _decoding = new();
    private readonly Option<int> _seed = new("--seed") { Description = "Seed of what is random.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<bool> _gpu = new("--gpu") { Description = "Trains on a GPU; needs a libtorch that can use it." };
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private TrainCommand(ToolConsole console)
    {
        _console = console;
        _backbone.AcceptOnlyFromAmong([.. _backbones.Keys]);
        _threads.Description = "Threads of libtorch; its own choice without it. On a busy machine fewer are faster.";
    }

    /// <summary>The command with its options.</summary>
    public static OtdRouting.Tool.Commands.Command Create(ToolConsole console)
    {
        TrainCommand handler = new(console);
        OtdRouting.Tool.Commands.Command command = new(
            "train",
            $"Trains a network for several input sizes from images with labels, and writes one ONNX file a size.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])
            [handler._images, handler._sizes, handler._out, handler._name, handler._backbone, handler._width, handler._epochs, handler._batch, handler._sizesPerStep, handler._rate, handler._smoothing,
                handler._crop, handler._noFlips, handler._separate, handler._distillation, handler._plan, handler._heldBack, handler._checkpoints, .. handler._decoding.Options,
                handler._seed, handler._threads, handler._gpu, handler._json])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        TrainingProgressLines progress = new(_console);
        TrainingOptions training = Read(options);
        (training.Progress, training.CancellationToken) = (progress, cancellation);
        ImageList images = ImageList.Read(options.GetValue(_images)!, labelled: true, _console.Warn).Shuffled();
        MLContext context = ContextLog.Create(_console, training.Seed, verbose: false);
        TrainingResult result;
        try
        {
            result = context.OtdRouting().Train(training, images.ToView(context, images.Labels, cancellation: cancellation));
        }
        catch (Exception) when (cancellation.IsCancellationRequested)
        {
            progress.Finish();
            if (training.CheckpointFolder is { } folder)
            {
                _console.Warn($"Cancelled. The same command goes on from the checkpoint in {folder}.");
            }
            else
            {
                _console.Warn($"Cancelled; nothing was written. With --checkpoints DIR, training could go on.");
            }

            return ExitCode.Failure;
        }

        progress.Finish();
        if (options.GetValue(_json))
        {
            _console.WriteJson(Json(result));
        }
        else
        {
            Print(result, options.GetValue(_images)!);
        }

        return ExitCode.Success;
    }

    private TrainingOptions Read(ParseResult options)
    {
        TrainingOptions training = new()
        {
            OutputFolder = options.GetValue(_out),
            Name = options.GetValue(_name)!,
            ImageColumnName = ImageList.PathColumn,
            LabelColumnName = ImageList.LabelColumn,
            Decoding = _decoding.Read(options),
            Backbone = _backbones[options.GetValue(_backbone)!],
            Width = options.GetValue(_width),
            SeparateNetworks = options.GetValue(_separate),
            Epochs = options.GetValue(_epochs),
            BatchSize = options.GetValue(_batch),
            SizesPerStep = options.GetValue(_sizesPerStep),
            LearningRate = options.GetValue(_rate),
            LabelSmoothing = options.GetValue(_smoothing),
            Flips = !options.GetValue(_noFlips),
            PadAndCrop = options.GetValue(_crop),
            DistillationWeight = options.GetValue(_distillation),
            PlanStrength = options.GetValue(_plan),
            HeldBackFraction = options.GetValue(_heldBack),
            CheckpointFolder = options.GetValue(_checkpoints),
            Seed = options.GetValue(_seed),
            Threads = options.GetValue(_threads),
            Device = options.GetValue(_gpu) ? TrainingDevice.Gpu : TrainingDevice.Cpu,
        };
        foreach (int size in options.GetValue(_sizes)!)
        {
            training.Sizes.Add(size);
        }

        return training;
    }

    private static int[] Sizes(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        List<int> sizes = [];
        foreach (string part in text.Split(','))
        {
            if (!ushort.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out ushort size) || size == 0 || sizes.Contains(size))
            {
                result.AddError($"--sizes is '{text}'; expected distinct sides in pixels with commas between them, such as 64,96,128.");
                return [];
            }

            sizes.Add(size);
        }

        return [.. sizes];
    }

    private static JsonObject Json(TrainingResult result) => new()
    {
        ["trainingImages"] = result.TrainingImages,
        ["heldBackImages"] = result.HeldBackImages,
        ["parameters"] = result.Parameters,
        ["seconds"] = result.Time.TotalSeconds,
        ["classes"] = ToolConsole.Texts(result.ClassNames),
        ["files"] = ToolConsole.Texts(result.Resolutions.Select(r => r.ModelFile)),
        ["epochs"] = new JsonArray([.. result.Epochs.Select(epoch => new JsonObject
        {
            ["epoch"] = epoch.Epoch,
            ["loss"] = ToolConsole.Number(epoch.Loss),
            ["accuracy"] = ToolConsole.Numbers([.. epoch.HeldBackAccuracy]),
            ["heldBackLoss"] = ToolConsole.Numbers([.. epoch.HeldBackLoss]),
            ["planShares"] = ToolConsole.Numbers([.. epoch.PlanShares]),
        })]),
    };

    private void Print(TrainingResult result, string images)
    {
        TrainedEpoch last = result.Epochs[^1];
        bool measured = last.HeldBackAccuracy.Count > 0;
        Table table = MetricsReport.NumberTable("file", "size", "accuracy", "loss");
        for (int size = 0; size < result.Resolutions.Count; size++)
        {
            table.AddRow(
                Markup.Escape(result.Resolutions[size].ModelFile),
                result.Resolutions[size].Name,
                measured ? last.HeldBackAccuracy[size].ToString("P1", CultureInfo.InvariantCulture) : "",
                measured ? last.HeldBackLoss[size].ToString("F3", CultureInfo.InvariantCulture) : "");
        }

        _console.Text.Write(table);
        string models = string.Join(' ', result.Resolutions.Select(r => $"--model {r.ModelFile}@{r.Name}"));
        _console.Text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Trained {result.Parameters:N0} parameters on {result.TrainingImages} images in {result.Time.TotalSeconds:F0} s, measured on {result.HeldBackImages} others."));
        _console.Text.WriteLine($"On images that are not in {images}, otd sweep shows what routing is worth: {models}");
    }
}
