using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using FashionRouting;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
double[] fractions = [0.3, 0.4, 0.5, 0.75, 1.0];
double[] curveFractions = [0.16, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0];
var data = Path.Combine(AppContext.BaseDirectory, "data");
var models = Path.Combine(AppContext.BaseDirectory, "models");
var clock = Stopwatch.StartNew();

var mlContext = new MLContext(seed: 1);
Console.WriteLine($"ML.NET from {typeof(MLContext).Assembly.GetName().Name}.");
Console.WriteLine("Unpacking the pictures ...");
var fitting = mlContext.Data.LoadFromEnumerable(ImageFolder.Open(Path.Combine(data, "fashion-fit.zip")));
var testImages = ImageFolder.Open(Path.Combine(data, "fashion-test.zip"));
var test = mlContext.Data.LoadFromEnumerable(testImages);

Console.WriteLine("Fitting the router on 5,000 pictures ...");
var fitClock = Stopwatch.StartNew();
var model = FashionRouter.Train(mlContext, models, fitting, ComputeBudget.FractionOfLargest(0.5));
var fitSeconds = fitClock.Elapsed.TotalSeconds;
Console.WriteLine($"Fitted in {fitSeconds:F1} s.");

Console.WriteLine("Scoring 5,000 test pictures at every resolution, for the comparison ...");
var budgets = fractions.Concat(curveFractions).Select(ComputeBudget.FractionOfLargest).ToList();
var comparisons = mlContext.OtdRouting().Sweep(model, test, budgets);

Console.WriteLine("Running the routed pipeline at every budget ...");
var steps = ((IEnumerable<ITransformer>)model).ToList();
var router = steps.OfType<OtdRoutingTransformer>().Single();
var pictures = test;
foreach (var step in steps.TakeWhile(s => s != router))
{
    pictures = step.Transform(pictures);
}

var rows = new List<ReportRow>();
var largest = comparisons[0].Resolutions[^1].MeanCost;
foreach (var single in comparisons[0].Resolutions)
{
    rows.Add(new ReportRow($"resolution {single.Name}", single.Quality, single.MeanCost, single.MeanCost / largest, null));
}

// Part of what a router gains comes from calibration, which the largest resolution can have without routing.
var calibrated = comparisons[0].LargestCalibrated;
rows.Add(new ReportRow($"resolution {calibrated.Name}", calibrated.Quality, calibrated.MeanCost, calibrated.MeanCost / largest, null));

for (var i = 0; i < fractions.Length; i++)
{
    using var routed = router.WithBudget(ComputeBudget.FractionOfLargest(fractions[i]));
    var metrics = mlContext.OtdRouting().Evaluate(routed.Transform(pictures), FashionRouter.Task);
    var compared = comparisons[i];
    foreach (var baseline in new[] { compared.StaticMix, compared.Cascade, compared.CalibratedCascade })
    {
        rows.Add(new ReportRow(baseline.Name, baseline.Quality, baseline.MeanCost, fractions[i], null));
    }

    rows.Add(new ReportRow("routed", metrics.Quality, metrics.MeanCost, fractions[i], RoutedReport.Of(metrics)));
}

ReportTable.Write(Console.Out, rows);

using (var engine = FashionRouter.CreatePredictEngine(mlContext, model))
{
    var output = FashionRouter.Predict(engine, new FashionRouter.ModelInput { Path = testImages[0].Path });
    Console.WriteLine();
    Console.WriteLine(
        $"One picture: {Path.GetFileName(testImages[0].Path)} is a {output.PredictedClass} ({output.Score.Max():P1}); it took route {output.RouteName}, {output.Cost / 1e6:F1} MFLOPs.");
}

const string reportFile = "routing-report.json";
await File.WriteAllTextAsync(reportFile, JsonSerializer.Serialize(
    new { fitSeconds, seconds = clock.Elapsed.TotalSeconds, results = rows, curve = comparisons.Skip(fractions.Length).Select(CurvePoint.Of) },
    new JsonSerializerOptions { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase }));
Console.WriteLine($"Wrote {reportFile}. Done in {clock.Elapsed.TotalSeconds:F0} s.");
