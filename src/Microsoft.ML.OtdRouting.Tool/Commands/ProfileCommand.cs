using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd profile</c>: what an image costs at every resolution.</summary>
internal sealed class ProfileCommand
{
    public const string Example = "otd profile --model net-96.onnx@96 --model net-160.onnx@160";

    private readonly ModelArguments _models = new(least: 1);
    private readonly Option<string> _images = ImagesArgument.Option("Images to measure with, of which 256 are read, in place of noise.");
    private readonly Option<int> _batch = new("--batch") { Description = "Largest batch to try.", DefaultValueFactory = _ => new ScoringOptions().BatchSize };
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private ProfileCommand(ToolConsole console)
    {
        _console = console;
        _images.Required = false;
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        ProfileCommand handler = new(console);
        Command command = new(
            "profile", $"Counts the FLOPs of every resolution and measures its milliseconds an image, one by one and at the best batch.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])[.. handler._models.Options, handler._images, handler._batch, handler._threads, handler._json])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        int batch = options.GetValue(_batch);
        if (batch is < 1 or > 256)
        {
            throw new UsageException($"--batch is {batch}; it must be from 1 to 256.");
        }

        IReadOnlyList<Resolution> models = _models.ReadResolutions(options);
        MLContext context = ContextLog.Create(_console, 1, verbose: false);
        IDataView? images = options.GetValue(_images) is { } path
            ? ImageList.Read(path, labelled: false, _console.Warn).Shuffled().ToUnlabelledView(context, cancellation: cancellation)
            : null;
        IEnumerable<ResolutionProfile> measured = context.OtdRouting().Profile(
            models,
            images,
            ImageList.PathColumn,
            new ScoringOptions { BatchSize = batch, IntraOpNumThreads = options.GetValue(_threads) },
            cancellation);
        List<ResolutionProfile> profiles = _console.Track("Measuring", models.Count, "models", progress =>
        {
            List<ResolutionProfile> done = [];
            foreach (ResolutionProfile profile in measured)
            {
                done.Add(profile);
                progress.Report(done.Count);
            }

            return done;
        });
        if (options.GetValue(_json))
        {
            _console.WriteJson(new JsonObject { ["resolutions"] = new JsonArray([.. profiles.Select(Json)]) });
        }
        else
        {
            Print(profiles);
        }

        return ExitCode.Success;
    }

    private static JsonObject Json(ResolutionProfile profile)
    {
        Resolution resolution = profile.Description.Resolution;
        return new JsonObject
        {
            ["size"] = resolution.Height == resolution.Width ? resolution.Height : resolution.Name,
            ["height"] = resolution.Height,
            ["width"] = resolution.Width,
            ["model"] = resolution.ModelFile,
            ["flops"] = profile.Description.Flops,
            ["parameters"] = profile.Description.Parameters,
            ["msBatch1"] = profile.MillisecondsBatch1,
            ["msBest"] = profile.MillisecondsBest,
            ["bestBatch"] = profile.BestBatch,
        };
    }

    private void Print(IReadOnlyList<ResolutionProfile> profiles)
    {
        Table table = MetricsReport.NumberTable("model", "size", "MFLOPs", "parameters", "ms, one by one", "ms, best batch", "best batch", "of the largest: FLOPs", "time");
        ResolutionProfile largest = profiles.MaxBy(p => p.Description.Flops)!;
        foreach (ResolutionProfile profile in profiles)
        {
            table.AddRow(
                Markup.Escape(Path.GetFileName(profile.Description.Resolution.ModelFile)),
                profile.Description.Resolution.Name,
                (profile.Description.Flops / 1e6).ToString("F2", CultureInfo.InvariantCulture),
                profile.Description.Parameters.ToString("N0", CultureInfo.InvariantCulture),
                profile.MillisecondsBatch1.ToString("F3", CultureInfo.InvariantCulture),
                profile.MillisecondsBest.ToString("F3", CultureInfo.InvariantCulture),
                profile.BestBatch.ToString(CultureInfo.InvariantCulture),
                (profile.Description.Flops / largest.Description.Flops).ToString("P1", CultureInfo.InvariantCulture),
                (profile.MillisecondsBest / largest.MillisecondsBest).ToString("P1", CultureInfo.InvariantCulture));
        }

        _console.Text.Write(table);
    }
}
