using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd score</c>: scores images and writes a table.</summary>
internal sealed class ScoreCommand
{
    public const string Example = "otd score --fitted model.zip --images photos/new --top 3 --out scores.csv";

    private readonly Option<string> _fitted = FittedRouter.Option();
    private readonly Option<string> _images = ImagesArgument.Option("Images to score; labels are not needed.");
    private readonly Option<int?> _top = new("--top") { Description = "Classification: most probable classes to write for every image; 5 without it." };
    private readonly Option<string?> _arrays = new("--arrays")
    {
        Description = "Embedding: a file for all embeddings, an image a row. Dense: a folder for the map of each image. Arrays of NumPy, float32.",
        HelpName = "FILE.npy|DIR",
    };

    private readonly Option<string> _out = OutputArguments.File("--out", "Table of the scores: separated by tabs if it ends in .tsv, else by commas.");
    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<string?> _onFailure = RowFailureArgument.Option("Without it, as the router was fitted.");
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly Option<bool> _verbose = OutputArguments.Verbose();
    private readonly ToolConsole _console;

    private ScoreCommand(ToolConsole console)
    {
        _console = console;
        _budget.Description = "Mean cost of an image, in place of the one that the router was fitted for.";
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        ScoreCommand handler = new(console);
        Command command = new("score", $"Scores images: the most probable classes of each, the route it took and what that cost.\n\nExample:\n  {Example}")
        {
            handler._fitted, handler._images, handler._top, handler._arrays, handler._out, handler._budget, handler._unit, handler._onFailure, handler._threads, handler._json, handler._verbose,
        };
        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        int? top = options.GetValue(_top);
        if (top < 1)
        {
            throw new UsageException($"--top is {top}; it must be at least 1.");
        }

        string file = options.GetValue(_out)!;
        OutputArguments.RequireWritable("--out", file);
        ImageList images = ImageList.Read(options.GetValue(_images)!, labelled: false, _console.Warn);
        MLContext context = ContextLog.Create(_console, 1, options.GetValue(_verbose));
        using FittedRouter fitted = FittedRouter.Load(context, options.GetValue(_fitted)!, options.GetValue(_threads));
        fitted.SetBudget(options.GetValue(_budget), options.GetValue(_unit)!);
        fitted.SetRowFailure(RowFailureArgument.Read(options.GetValue(_onFailure)));
        ScoreTable table = fitted.Task.Table(new ScoreRequest(file, options.GetValue(_arrays), top, images, fitted));
        long started = Stopwatch.GetTimestamp();
        _console.Track("Scoring", images.Images.Count, progress =>
        {
            table.Write(fitted.Chain.Transform(images.ToUnlabelledView(context, progress, cancellation)));
            return table;
        });
        if (fitted.Router.FailedRows > 0)
        {
            _console.Warn($"{fitted.Router.FailedRows} of {images.Images.Count} images failed; their values are empty.");
        }

        if (fitted.Router.RowsFallenBack > 0)
        {
            _console.Warn($"{fitted.Router.RowsFallenBack} of {images.Images.Count} images were answered by another resolution than their own, which failed.");
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds, rate = images.Images.Count / seconds;
        if (options.GetValue(_json))
        {
            _console.WriteJson(new JsonObject
            {
                ["out"] = file,
                ["rows"] = images.Images.Count,
                ["failedRows"] = fitted.Router.FailedRows,
                ["rowsFallenBack"] = fitted.Router.RowsFallenBack,
                ["seconds"] = seconds,
                ["imagesPerSecond"] = rate,
                ["meanCost"] = ToolConsole.Number(table.MeanCost),
                ["budget"] = fitted.Router.Budget,
                ["costUnit"] = MetricsReport.NameOf(fitted.Router.CostUnit),
            });
        }
        else
        {
            _console.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"Wrote {file}: {images.Images.Count} images in {seconds:F1} s ({rate:F0} a second), mean cost {MetricsReport.Cost(table.MeanCost, fitted.Router.CostUnit)}, budget {MetricsReport.Cost(fitted.Router.Budget, fitted.Router.CostUnit)}."));
        }

        return ExitCode.Success;
    }
}
