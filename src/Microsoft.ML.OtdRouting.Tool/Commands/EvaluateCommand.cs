using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd evaluate</c>: scores images and sets the router beside its baselines.</summary>
internal sealed class EvaluateCommand
{
    public const string Example = "otd evaluate --fitted model.zip --images photos/test --json";

    private readonly Option<string> _fitted = FittedRouter.Option();
    private readonly Option<string> _images = ImagesArgument.Option("Images that the router was not fitted on, with labels or targets as otd fit takes them.");
    private readonly Option<string?> _annotations = DetectionTool.Annotations("--annotations", "Of a router of detectors: the objects in the images.");
    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<string?> _onFailure = RowFailureArgument.Option("Without it, as the router was fitted. Images that fail are left out.");
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly Option<bool> _verbose = OutputArguments.Verbose();
    private readonly ToolConsole _console;

    private EvaluateCommand(ToolConsole console)
    {
        _console = console;
        _budget.Description = "Mean cost of an image, in place of the one that the router was fitted for.";
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        EvaluateCommand handler = new(console);
        Command command = new("evaluate", $"Scores images with what is true of them and reports the router beside all baselines, on the same images.\n\nExample:\n  {Example}")
        {
            handler._fitted, handler._images, handler._annotations, handler._budget, handler._unit, handler._onFailure, handler._threads, handler._json, handler._verbose,
        };
        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    /// <summary>Every baseline that a comparison has.</summary>
    internal static IEnumerable<PolicyResult> Baselines(OtdRoutingComparison comparison)
    {
        IEnumerable<PolicyResult> all = comparison.Resolutions.Select(r => r with { Name = $"resolution {r.Name}" });
        return all.Append(comparison.LargestCalibrated with { Name = $"resolution {comparison.LargestCalibrated.Name}" })
            .Append(comparison.StaticMix).Append(comparison.Cascade).Append(comparison.CalibratedCascade)
            .Concat(comparison.CostPenalty is { } penalty ? [penalty] : []).Append(comparison.Oracle);
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        MLContext context = ContextLog.Create(_console, 1, options.GetValue(_verbose));
        using FittedRouter fitted = FittedRouter.Load(context, options.GetValue(_fitted)!, options.GetValue(_threads));
        fitted.SetBudget(options.GetValue(_budget), options.GetValue(_unit)!);
        fitted.SetRowFailure(RowFailureArgument.Read(options.GetValue(_onFailure)));
        TaskImages images = fitted.Task.ReadFor(fitted, options.GetValue(_images)!, options.GetValue(_annotations), _console.Warn);
        OtdRoutingComparison comparison = _console.Track(
            "Scoring at every resolution",
            images.Count,
            progress => context.OtdRouting().Compare(fitted.Chain, images.View(context, progress, cancellation)),
            after: "Comparing");
        MetricsReport.WarnOfCost(_console, comparison.Metrics, fitted.Router.CostUnit);
        if (options.GetValue(_json))
        {
            _console.WriteJson(Json(comparison, fitted.Router.CostUnit));
        }
        else
        {
            Print(comparison, fitted.Router.CostUnit);
        }

        return ExitCode.Success;
    }

    private static JsonObject Json(OtdRoutingComparison comparison, CostUnit unit)
    {
        JsonObject json = MetricsReport.Json(comparison.Metrics, unit);
        json["parts"] = MetricsReport.Json(comparison.Parts);
        json["mongeGap"] = ToolConsole.Number(comparison.MongeGap);
        json["regret"] = ToolConsole.Number(comparison.Regret);
        json["oracle"] = ToolConsole.Number(comparison.Oracle.Quality);
        json["baselines"] = new JsonArray([.. Baselines(comparison).Select(b => new JsonObject
        {
            ["name"] = b.Name,
            [MetricsReport.KeyOf(comparison.Metrics.QualityName)] = ToolConsole.Number(b.Quality),
            ["meanCost"] = ToolConsole.Number(b.MeanCost),
            ["difference"] = ToolConsole.Number(b.Difference),
            ["differenceLow"] = ToolConsole.Number(b.DifferenceInterval.Low),
            ["differenceHigh"] = ToolConsole.Number(b.DifferenceInterval.High),
        })]);
        return json;
    }

    private void Print(OtdRoutingComparison comparison, CostUnit unit)
    {
        OtdRoutingMetrics metrics = comparison.Metrics;
        double largest = comparison.Resolutions[^1].MeanCost;
        _console.Text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{metrics.Rows} images: {MetricsReport.Summary(metrics, unit)}"));
        _console.Text.WriteLine(string.Join(", ", metrics.Measures.Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Name} {m.Value:F4}"))));
        MetricsReport.WritePromise(_console, metrics);
        _console.Text.WriteLine(MetricsReport.Summary(comparison.Parts, unit));
        _console.Text.WriteLine(string.Create(CultureInfo.InvariantCulture, $"regret against the oracle {comparison.Regret:F4}, Monge gap {comparison.MongeGap:F4}"));
        _console.Text.Write(MetricsReport.Routes(metrics, unit, $"{metrics.QualityName} of the route alone", k => MetricsReport.Percent(comparison.Routes[k].Quality)));
        Table table = MetricsReport.NumberTable("policy", metrics.QualityName, "mean cost", "of the largest", "router better by, points (95 %)");
        table.AddRow("[bold]router[/]", $"[bold]{MetricsReport.Percent(metrics.Quality)}[/]", MetricsReport.Cost(metrics.MeanCost, unit), MetricsReport.Percent(metrics.MeanCost / largest), "");
        foreach (PolicyResult baseline in Baselines(comparison))
        {
            table.AddRow(
                Markup.Escape(baseline.Name),
                MetricsReport.Percent(baseline.Quality),
                MetricsReport.Cost(baseline.MeanCost, unit),
                MetricsReport.Percent(baseline.MeanCost / largest),
                MetricsReport.Difference(baseline));
        }

        _console.Text.Write(table);
    }
}
