using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd search</c>: fits many routers to images that are scored once, and takes the best.</summary>
internal sealed class SearchCommand
{
    public const string Example = "otd search --images photos/fit --model net-96.onnx@96 --model net-160.onnx@160 --budget 0.5 --trials 50 --out model.zip";

    private const int UsualTrials = 50;

    private readonly RouterArguments _router = new();
    private readonly GoalArguments _goal = new();
    private readonly Option<int> _trials = new("--trials") { Description = "Most routers to fit.", HelpName = "N", DefaultValueFactory = _ => UsualTrials };
    private readonly Option<string?> _out = new("--out", "-o") { Description = "Where the router that is taken goes, as otd fit would save it.", HelpName = "FILE" };
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly Option<bool> _verbose = OutputArguments.Verbose();
    private readonly ToolConsole _console;

    private SearchCommand(ToolConsole console) => _console = console;

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        SearchCommand handler = new(console);
        Command command = new("search", $"Fits many routers to images that are scored once, and takes the best of them if it is better than the given one beyond chance.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])[.. handler._router.Options, .. handler._goal.Options, handler._trials, handler._out, handler._json, handler._verbose])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        string? file = options.GetValue(_out);
        OutputArguments.RequireWritable("--out", file);
        int trials = options.GetValue(_trials);
        if (trials is < 1 or > 1000)
        {
            throw new UsageException($"--trials is {trials}; expected a number from 1 to 1000.");
        }

        (ComputeBudget? budget, QualityTarget? promise) = _goal.Read(options);
        ToolTask task = _router.ReadTask(options);
        TaskImages images = _router.ReadImages(options, task, _console.Warn);
        OtdResolutionRouter.Options routerOptions = _router.ReadRouter(options, task, images, budget, promise, cancellation);
        MLContext context = ContextLog.Create(_console, _router.Seed(options), options.GetValue(_verbose));
        if (file is not null)
        {
            context.OtdRouting().RequireOneGraph([.. routerOptions.Resolutions]);
        }

        OtdRoutingSearch search = _console.Track(
            "Scoring at every resolution",
            images.Count,
            progress => context.OtdRouting().Search(routerOptions, images.View(context, progress, cancellation), trials),
            after: "Searching");
        using OtdRoutingTransformer router = search.Router;
        if (file is not null)
        {
            context.OtdRouting().Save(router, images.List.ToUnlabelledView(context).Schema, file);
        }

        if (options.GetValue(_json))
        {
            _console.WriteJson(new JsonObject
            {
                ["out"] = file,
                ["best"] = search.BestIndex,
                ["trials"] = new JsonArray([.. search.Trials.Select(Json)]),
                ["metrics"] = MetricsReport.Json(router.HeldOutMetrics, router.CostUnit),
                ["parts"] = MetricsReport.Json(router.Parts),
                ["seconds"] = router.FittingTimes!.Policy.TotalSeconds,
            });
        }
        else
        {
            Print(search, file);
        }

        return ExitCode.Success;
    }

    private static JsonObject Json(RouterTrial trial) => new()
    {
        ["resolutions"] = ToolConsole.Texts(trial.Resolutions),
        ["loss"] = trial.Loss,
        ["maxRouteSize"] = trial.MaxRouteSize,
        ["folds"] = trial.FoldCount,
        ["pruned"] = trial.PruneRoutes,
        ["quality"] = ToolConsole.Number(trial.Quality),
        ["meanCost"] = ToolConsole.Number(trial.MeanCost),
        ["gain"] = ToolConsole.Number(trial.Gain),
        ["better"] = trial.Better,
        ["worse"] = trial.Worse,
        ["p"] = ToolConsole.Number(trial.AdjustedPValue),
        ["seconds"] = ToolConsole.Number(trial.Time.TotalSeconds),
    };

    private void Print(OtdRoutingSearch search, string? file)
    {
        OtdRoutingTransformer router = search.Router;
        OtdRoutingMetrics metrics = router.HeldOutMetrics;
        Table table = MetricsReport.NumberTable("trial", "resolutions", "loss", "route", "folds", "pruned", metrics.QualityName, "mean cost", "gain, points", "p of any", "s");
        for (int i = 0; i < search.Trials.Count; i++)
        {
            RouterTrial trial = search.Trials[i];
            string number = i == search.BestIndex ? $"[bold]{i + 1} taken[/]" : $"{i + 1}";
            string[] measured = trial.IsFeasible
                ? [MetricsReport.Percent(trial.Quality), MetricsReport.Cost(trial.MeanCost, router.CostUnit), Number(100 * trial.Gain, "+0.00;-0.00;0.00"), Number(trial.AdjustedPValue, "0.###")]
                : ["–", "above budget", "–", "–"];
            table.AddRow(
            [
                number, Markup.Escape(string.Join(' ', trial.Resolutions)), Markup.Escape(trial.Loss), trial.MaxRouteSize is { } size ? $"up to {size}" : "any", $"{trial.FoldCount}",
                trial.PruneRoutes ? "yes" : "no", .. measured, Number(trial.Time.TotalSeconds, "F1"),
            ]);
        }

        _console.Text.Write(table);
        _console.Text.WriteLine(search.BestIndex == 0
            ? $"None of {search.Trials.Count} trials is better than the given options beyond what looking at so many explains: they stay."
            : $"Trial {search.BestIndex + 1} is better than the given options beyond what looking at {search.Trials.Count} explains: it is taken.");
        _console.Text.WriteLine($"On held-out rows: {MetricsReport.Summary(metrics, router.CostUnit)}");
        MetricsReport.WritePromise(_console, metrics);
        if (file is not null)
        {
            _console.Text.WriteLine($"Wrote {file}.");
        }
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
