using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Spectre.Console;

namespace Microsoft.ML.OtdRouting.Tool.Commands;

/// <summary><c>otd bench</c>: throughput of a fitted router beside its resolutions.</summary>
internal sealed class BenchCommand
{
    public const string Example = "otd bench --fitted model.zip --images photos/test";

    private readonly Option<string> _fitted = FittedRouter.Option();
    private readonly Option<string> _images = ImagesArgument.Option("Images to measure with, of which 4096 are read at most; labels are not needed.");
    private readonly Option<double?> _budget = BudgetArgument.One(required: false);
    private readonly Option<string> _unit = BudgetArgument.Unit();
    private readonly Option<int?> _threads = ThreadsArgument.Option();
    private readonly Option<bool> _json = OutputArguments.Json();
    private readonly ToolConsole _console;

    private BenchCommand(ToolConsole console)
    {
        _console = console;
        _budget.Description = "Mean cost of an image, in place of the one that the router was fitted for.";
    }

    /// <summary>The command with its options.</summary>
    public static Command Create(ToolConsole console)
    {
        BenchCommand handler = new(console);
        Command command = new(
            "bench",
            "Measures images a second: routed, every resolution alone at its best batch, and the largest one image by image, all with images in memory; then from the file: routed, " +
            $"and the largest one in a loop by hand and in a pipeline of ML.NET's own.\n\nExample:\n  {Example}")
        {
            handler._fitted, handler._images, handler._budget, handler._unit, handler._threads, handler._json,
        };
        CommandBody.Set(command, console, handler.Run);
        return command;
    }

    private int Run(ParseResult options, CancellationToken cancellation)
    {
        ImageList images = ImageList.Read(options.GetValue(_images)!, labelled: false, _console.Warn).Shuffled();
        MLContext context = ContextLog.Create(_console, 1, verbose: false);
        using FittedRouter fitted = FittedRouter.Load(context, options.GetValue(_fitted)!, options.GetValue(_threads));
        IDataView view = images.ToUnlabelledView(context, cancellation: cancellation);
        fitted.SetBudget(options.GetValue(_budget), options.GetValue(_unit)!);
        OtdRoutingBenchmark benchmark = _console.Track(
            "Measuring",
            100,
            "parts",
            progress => context.OtdRouting().Benchmark(fitted.Router, view, new Percentage(progress), cancellation));
        if (options.GetValue(_json))
        {
            _console.WriteJson(Json(benchmark, fitted.Router.CostUnit));
        }
        else
        {
            Print(benchmark, fitted.Router.CostUnit);
        }

        return ExitCode.Success;
    }

    private static JsonObject Json(OtdRoutingBenchmark benchmark, CostUnit unit) => new()
    {
        ["rows"] = benchmark.Rows,
        ["imagesPerSecond"] = new JsonObject
        {
            ["routed"] = benchmark.RoutedImagesPerSecond,
            ["resolutions"] = new JsonArray([.. benchmark.Resolutions.Select((r, i) => new JsonObject
            {
                ["name"] = r.Name,
                ["bestBatch"] = r.BestBatch,
                ["imagesPerSecond"] = r.ImagesPerSecond,
                ["milliseconds"] = r.Milliseconds,
                ["share"] = benchmark.ResolutionShares[i],
            })]),
            ["largestOneByOne"] = benchmark.OneByOneImagesPerSecond,
        },
        ["policyShare"] = benchmark.PolicyShare,
        ["poolingShare"] = benchmark.PoolingShare,
        ["resizingShare"] = benchmark.ResizingShare,
        ["meanCost"] = benchmark.MeanCost,
        ["costUnit"] = MetricsReport.NameOf(unit),
        ["concurrentRuns"] = benchmark.ConcurrentRuns,
        ["ofTimeLimit"] = benchmark.OfTimeLimit,
        ["ofProcessorLimit"] = benchmark.OfProcessorLimit,
        ["ofFlopsLimit"] = benchmark.OfFlopsLimit,
        ["fromFiles"] = benchmark.FromFiles is not { } files ? null : new JsonObject
        {
            ["rows"] = files.Rows,
            ["imagesPerSecond"] = new JsonObject
            {
                ["routed"] = files.RoutedImagesPerSecond,
                ["largestByHand"] = files.LargestByHandImagesPerSecond,
                ["largestPlain"] = files.PlainImagesPerSecond,
            },
            ["decodedImagesPerSecond"] = files.DecodedImagesPerSecond,
            ["decodingShare"] = files.DecodingShare,
            ["ofOverlapLimit"] = files.OfOverlapLimit,
        },
    };

    private void Print(OtdRoutingBenchmark benchmark, CostUnit unit)
    {
        Table table = MetricsReport.NumberTable("", "images/s", "batch", "scores");
        table.AddRow("[bold]routed[/]", $"[bold]{Rate(benchmark.RoutedImagesPerSecond)}[/]", "", "");
        for (int r = 0; r < benchmark.Resolutions.Count; r++)
        {
            BenchmarkedResolution resolution = benchmark.Resolutions[r];
            table.AddRow(
                Markup.Escape($"resolution {resolution.Name}"),
                Rate(resolution.ImagesPerSecond),
                resolution.BestBatch.ToString(CultureInfo.InvariantCulture),
                MetricsReport.Percent(benchmark.ResolutionShares[r]));
        }

        table.AddRow(Markup.Escape($"resolution {benchmark.Resolutions[^1].Name}, one by one"), Rate(benchmark.OneByOneImagesPerSecond), "1", "");
        _console.Text.Write(table);
        _console.Text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"mean cost {MetricsReport.Cost(benchmark.MeanCost, unit)}; {benchmark.ConcurrentRuns} batches side by side; of what the resolutions' times allow {benchmark.OfTimeLimit:P1} ({benchmark.OfProcessorLimit:P1} of what they take alone), of what their costs allow {benchmark.OfFlopsLimit:P1}"));
        _console.Text.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"of the largest resolution's time: policy {benchmark.PolicyShare:P2}, pooling {benchmark.PoolingShare:P2}, resizing {benchmark.ResizingShare:P2}"));
        if (benchmark.FromFiles is { } files)
        {
            string plain = files.PlainImagesPerSecond is { } rate ? $", in a pipeline of ML.NET's own {Rate(rate)}" : "";
            _console.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"from the file: routed {files.RoutedImagesPerSecond:F0} images/s, {files.OfOverlapLimit:P1} of a perfect overlap; resolution {benchmark.Resolutions[^1].Name} in a loop by hand {files.LargestByHandImagesPerSecond:F0}{plain}"));
            _console.Text.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"decoding alone {files.DecodedImagesPerSecond:F0} images/s, {files.DecodingShare:P0} of the time: {(files.DecodingShare > 0.5 ? "decoding" : "the models")} bound{(files.DecodingShare > 0.5 ? "s" : "")} the rate"));
        }
    }

    private static string Rate(double rate) => rate.ToString("F0", CultureInfo.InvariantCulture);

    /// <summary>How many windows there are is known only when the images are read.</summary>
    private sealed class Percentage(IProgress<int> inner) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => inner.Report(100 * value.Done / value.Total);
    }
}
