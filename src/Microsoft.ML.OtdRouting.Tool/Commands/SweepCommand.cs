using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.ML.OtdRouting.Persistence;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Report;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd sweep</c>: the accuracy–cost curve of a router beside all baselines, as a page.</summary>
internal sealed partial class SweepCommand
{
    public const string Example =
        "otd sweep --images photos/fit --test photos/test --model net-96.onnx@96 --model net-160.onnx@160 --budgets 0.4,0.5,0.7,1 --report report.html";

    private readonly RouterArguments _router = new(tests: true);
    private readonly Option<string> _test = ImagesArgument.Option("Other labelled images, to measure on.", "--test");
    private readonly Option<double[]> _budgets = BudgetArgument.Several();
    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly PromiseArgument _promise = new();
    private readonly Option<string?> _report = new("--report", "-o") { Description = "Writes the page: one HTML file that needs nothing else.", HelpName = "FILE.html" };
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly Option<bool> _verbose = OutputArguments.Verbose();
    private readonly ToolConsole _console;

    private SweepCommand(ToolConsole console)
    {
        _console = console;
        _budgets.Required = true;
        _budget.Description = "The budget that the report looks at closely; without it the one that --within or --at-least finds, or the middle one of --budgets.";
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        SweepCommand handler = new(console);
        Command command = new("sweep", $"Fits a router once, measures it and its baselines at many budgets, and writes a report.\n\nExample:\n  {Example}");
        foreach (Option option in (Option[])[
            .. handler._router.Options, handler._test, handler._budgets, handler._budget, handler._unit, .. handler._promise.Options, handler._report, handler._json, handler._verbose])
        {
            command.Options.Add(option);
        }

        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        string? page = options.GetValue(_report);
        OutputArguments.RequireWritable("--report", page);
        QualityTarget? promise = _promise.Read(options);
        if (promise is not null && options.GetValue(_budget) is not null)
        {
            throw new UsageException("--budget and a promise (--within or --at-least) both say which budget the report looks at; give one.");
        }

        (IReadOnlyList<double> budgets, int chosen) = Budgets(options);
        string unit = options.GetValue(_unit)!;
        ComputeBudget[] computeBudgets = [.. budgets.Select(budget => BudgetArgument.ToBudget(budget, unit))];
        ToolTask task = _router.ReadTask(options);
        TaskImages fitting = _router.ReadImages(options, task, _console.Warn);
        TaskImages test = task.Read(options, options.GetValue(_test)!, fitting, _console.Warn);
        OtdResolutionRouter.Options router = _router.ReadRouter(options, task, fitting, promise is null ? computeBudgets[chosen] : null, promise, cancellation);
        MLContext context = ContextLog.Create(_console, _router.Seed(options), options.GetValue(_verbose));

        SweepReport report = new SweepMeasurement(_console, context, task, fitting, test, cancellation)
            .Run(router, computeBudgets, chosen, CommandLine(options), task.TeacherName(options));
        if (page is not null)
        {
            WholeFile.Write(page, stream => ReportPage.Write(report, stream));
        }

        if (options.GetValue(_json))
        {
            _console.WriteJson(Json(report, page));
        }
        else
        {
            SweepTable.Print(_console.Text, report, page);
        }

        return ExitCode.Success;
    }

    /// <summary>All budgets in ascending order, and which of them is the chosen one.</summary>
    private (IReadOnlyList<double> Budgets, int Chosen) Budgets(ParseResult options)
    {
        double[] swept = options.GetValue(_budgets)!;
        double? chosen = options.GetValue(_budget);
        double[] all = [.. swept.Concat(chosen is { } other ? [other] : []).Distinct().Order()];
        return (all, chosen is { } budget ? Array.IndexOf(all, budget) : all.Length / 2);
    }

    /// <summary>What was typed, an option a line, such that a shell takes it again.</summary>
    private static string CommandLine(ParseResult options) =>
        "otd" + string.Concat(options.Tokens.Select(token => (token.Value.StartsWith('-') ? " \\\n    " : " ") + Quoted(token.Value)));

    private static string Quoted(string text) => PlainWord().IsMatch(text) ? text : $"'{text.Replace("'", "'\\''")}'";

    private static JsonObject Json(SweepReport report, string? page)
    {
        JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, ReportPage.Json);
        return new JsonObject
        {
            ["conclusion"] = report.Conclusion,
            ["measure"] = report.Measure,
            ["unit"] = report.Unit,
            ["n"] = report.Run.TestCount,
            ["chosen"] = report.Chosen,
            ["resolutions"] = Node(report.Resolutions),
            ["largestCalibrated"] = Node(report.LargestCalibrated),
            ["points"] = Node(report.Points),
            ["alternatives"] = Node(report.Alternatives),
            ["byRoute"] = Node(report.ByRoute),
            ["losses"] = Node(report.Losses),
            ["phases"] = Node(report.Phases),
            ["report"] = page,
        };
    }

    [GeneratedRegex(@"^[\w@%+=:,./-]+$")]
    private static partial Regex PlainWord();
}
