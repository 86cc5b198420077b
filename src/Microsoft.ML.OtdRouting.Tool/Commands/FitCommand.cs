using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd fit</c>: fits a routing policy and saves it with the models.</summary>
internal sealed class FitCommand
{
    public const string Example = "otd fit --images photos/fit --model net-96.onnx@96 --model net-160.onnx@160 --budget 0.5 --out model.zip";

    private readonly RouterArguments _router = new();
    private readonly GoalArguments _goal = new();
    private readonly Option<string> _out = OutputArguments.File("--out", "Where the fitted router goes: a model of ML.NET that takes the paths of images in a column ImagePath.");
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly Option<bool> _verbose = OutputArguments.Verbose();
    private readonly ToolConsole _console;

    private FitCommand(ToolConsole console) => _console = console;

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        FitCommand handler = new(console);
        Command command = new("fit", $"Fits a routing policy under a compute budget, or to a promise that finds the budget, and saves it with the models.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])[.. handler._router.Options, .. handler._goal.Options, handler._out, handler._json, handler._verbose])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        string file = options.GetValue(_out)!;
        OutputArguments.RequireWritable("--out", file);
        (ComputeBudget? budget, QualityTarget? promise) = _goal.Read(options);
        ToolTask task = _router.ReadTask(options);
        TaskImages images = _router.ReadImages(options, task, _console.Warn);
        OtdResolutionRouter.Options routerOptions = _router.ReadRouter(options, task, images, budget, promise, cancellation);

        MLContext context = ContextLog.Create(_console, _router.Seed(options), options.GetValue(_verbose));
        context.OtdRouting().RequireOneGraph([.. routerOptions.Resolutions]);
        using OtdRoutingTransformer router = _console.Track(
            "Scoring at every resolution",
            images.Count,
            progress => context.OtdRouting().Route(routerOptions).Fit(images.View(context, progress, cancellation)),
            after: "Fitting the policy");
        long saving = Stopwatch.GetTimestamp();
        context.OtdRouting().Save(router, images.List.ToUnlabelledView(context).Schema, file);
        JsonObject seconds = Seconds(router.FittingTimes!, Stopwatch.GetElapsedTime(saving));
        if (options.GetValue(_json))
        {
            _console.WriteJson(new JsonObject
            {
                ["out"] = file,
                ["bytes"] = new FileInfo(file).Length,
                ["classes"] = ToolConsole.Texts(images.Classes),
                ["metrics"] = MetricsReport.Json(router.HeldOutMetrics, router.CostUnit),
                ["routes"] = ToolConsole.Texts(router.Routes.Select(r => r.Name)),
                ["parts"] = MetricsReport.Json(router.Parts),
                ["shares"] = ToolConsole.Numbers([.. router.PlannedShares]),
                ["duals"] = ToolConsole.Numbers([.. router.RoutePrices.Select(p => (double)p)]),
                ["seconds"] = seconds,
            });
        }
        else
        {
            Print(router, file, seconds);
        }

        return ExitCode.Success;
    }

    private static JsonObject Seconds(FittingTimes fitting, TimeSpan saving) => new()
    {
        ["models"] = fitting.Models.TotalSeconds,
        ["images"] = fitting.Scoring.TotalSeconds,
        ["policy"] = fitting.Policy.TotalSeconds,
        ["save"] = saving.TotalSeconds,
        ["total"] = (fitting.Total + saving).TotalSeconds,
    };

    private void Print(OtdRoutingTransformer router, string file, JsonObject seconds)
    {
        OtdRoutingMetrics metrics = router.HeldOutMetrics;
        _console.Text.WriteLine($"On held-out rows: {MetricsReport.Summary(metrics, router.CostUnit)}");
        MetricsReport.WritePromise(_console, metrics);
        _console.Text.WriteLine(MetricsReport.Summary(router.Parts, router.CostUnit));
        _console.Text.Write(MetricsReport.Routes(metrics, router.CostUnit, "dual", k => router.RoutePrices[k].ToString("G5", CultureInfo.InvariantCulture)));
        _console.Text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"Wrote {file} ({new FileInfo(file).Length / 1e6:F1} MB); {string.Join(", ", seconds.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {(double)s.Value!:F1} s")))}."));
    }
}
