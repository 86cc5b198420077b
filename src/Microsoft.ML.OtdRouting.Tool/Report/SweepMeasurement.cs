using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Output;
using Microsoft.ML.OtdRouting.Tool.Tasks;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Fits a router once and measures it, and its baselines, at every budget.</summary>
/// <param name="console">Shows the progress.</param>
/// <param name="context">The context.</param>
/// <param name="task">The task.</param>
/// <param name="fitting">Images to fit on.</param>
/// <param name="test">Other images to measure on.</param>
/// <param name="cancellation">Stops the work.</param>
internal sealed class SweepMeasurement(
    ToolConsole console, MLContext context, ToolTask task, TaskImages fitting, TaskImages test, CancellationToken cancellation)
{
    private const int MostBins = 20;

    private readonly PhaseClock _clock = new();

    /// <summary>Does all the work.</summary>
    /// <param name="options">The router, for the budget that is looked at closely.</param>
    /// <param name="budgets">All budgets.</param>
    /// <param name="chosen">Index of that budget among them; with a promise it is the budget that keeps it.</param>
    /// <param name="command">The command line, for the record.</param>
    /// <param name="teacher">What took the place of labels in the fit; null for nothing.</param>
    public SweepReport Run(OtdResolutionRouter.Options options, IReadOnlyList<ComputeBudget> budgets, int chosen, string command, string? teacher)
    {
        IReadOnlyList<string> classes = task.AnswerClasses(test);
        using OtdRoutingTransformer router = Fit(options);
        IReadOnlyList<OtdRoutingComparison> comparisons = _clock.Measure(
            "Compare on the test images",
            test.Count,
            () => Track("Scoring the test images", test, view => context.OtdRouting().Sweep(router, view, WithPromised(budgets, router)), "Comparing at every budget"));
        if (double.IsNaN(comparisons[0].Metrics.Quality))
        {
            throw new DataException($"{test.List.Source}: nothing is known of any of the {test.Count} images; there is nothing to measure by.");
        }

        if (router.Promise is not null)
        {
            comparisons = [.. comparisons.OrderBy(c => c.Metrics.Budget).DistinctBy(c => c.Metrics.Budget)];
            chosen = comparisons.Index().First(c => c.Item.Metrics.Promise is not null).Index;
        }

        foreach (OtdRoutingComparison comparison in comparisons)
        {
            MetricsReport.WarnOfCost(console, comparison.Metrics, router.CostUnit);
        }

        RoutedRows rows = _clock.Measure(
            "Route the test images",
            test.Count,
            () => Track("Routing", test, view => RoutedRows.Read(router.Transform(view), classes.Count > 0 ? ImageList.LabelColumn : null, router.RoutePrices, cancellation)));
        double largest = comparisons[chosen].Resolutions[^1].MeanCost;
        Thumbnails thumbnails = new(context, new ImageDecoder(options.Decoding), options.Resolutions.Max(r => Math.Max(r.Height, r.Width)));
        ExampleContents Show(IReadOnlyList<int> shown) =>
            task.Show(new ExampleRequest(context, router, options, test, shown, comparisons[chosen].Found, thumbnails, cancellation));
        (IReadOnlyList<RouteReport> routes, ExampleContents contents) = _clock.Measure(
            "Look at every route", null, () => RouteReports.Create(router, largest, rows, test.List.Images, classes.Count, Show));

        IReadOnlyList<ResolutionReport> resolutions = Resolutions(comparisons[chosen], options);
        PolicyPoint calibrated = PolicyPoint.Of(comparisons[chosen].LargestCalibrated, largest);
        IReadOnlyList<SweepPoint> points = [.. comparisons.Select(SweepPoint.Of)];
        string measure = comparisons[chosen].Metrics.QualityName;
        MeasureWords words = task.Words(measure);
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(test.List.Source)));
        return new SweepReport(
            $"{char.ToUpperInvariant(measure[0])}{measure[1..]} and cost on {name}",
            SweepConclusion.Of(points, test.Count, words),
            SweepConclusion.Detail(points[chosen], test.Count, words),
            router.CostUnit == CostUnit.Flops ? "FLOPs" : "ms",
            resolutions,
            calibrated,
            points,
            chosen,
            [.. comparisons[chosen].Routes.Select(route => PolicyPoint.Of(route, largest))],
            classes,
            routes,
            task.MeasuresTitle,
            RouteMeasures.Of(comparisons[chosen], rows, test.Objects),
            contents.Note,
            contents.Scales,
            classes.Count > 0 ? LossBin.Cut(rows, [.. Enumerable.Range(0, rows.Count)], MostBins) : [],
            ConfusionCell.IsWhole(classes.Count),
            _clock.Phases,
            new RunReport(
                command,
                DateTime.UtcNow,
                fitting.List.Source,
                fitting.Count,
                teacher,
                test.List.Source,
                test.Count,
                RunEnvironment.Describe()),
            measure);
    }

    /// <summary>The budgets, and that of the router's promise: promises are counted in FLOPs.</summary>
    private static IReadOnlyList<ComputeBudget> WithPromised(IReadOnlyList<ComputeBudget> budgets, OtdRoutingTransformer router) =>
        router.Promise is { } promise ? [.. budgets, ComputeBudget.Flops(promise.Budget)] : budgets;

    private static IReadOnlyList<ResolutionReport> Resolutions(OtdRoutingComparison comparison, OtdResolutionRouter.Options options)
    {
        double largest = comparison.Resolutions[^1].MeanCost;
        Dictionary<string, string> files = options.Resolutions.ToDictionary(r => r.Name, r => Path.GetFileName(r.ModelFile));
        return [.. comparison.Resolutions.Select(r => new ResolutionReport(r.Name, files[r.Name], r.MeanCost, r.MeanCost / largest, r.Quality))];
    }

    private OtdRoutingTransformer Fit(OtdResolutionRouter.Options options)
    {
        OtdRoutingTransformer router = Track("Fitting", fitting, view => context.OtdRouting().Route(options).Fit(view), "Fitting the policy");
        FittingTimes times = router.FittingTimes!;
        _clock.Add("Open the models", null, times.Models);
        _clock.Add("Score the fitting images", fitting.Count, times.Scoring);
        _clock.Add("Fit the router", null, times.Policy);
        return router;
    }

    private T Track<T>(string what, TaskImages images, Func<IDataView, T> work, string? after = null) =>
        console.Track(what, images.Count, progress => work(images.View(context, progress, cancellation)), after);
}
