using System.Diagnostics;
using System.Globalization;
using Detection;
using DetectionScenes;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

// Arguments: pictures to fit on (4000), pictures to test on (2000); with "free" behind them, the fit sees no labels, with "bare", the policy sees no embeddings, with "plain", there is no size of 24 pixels to look at first, with "transport" or "precision", that is the loss.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var fitting = args.Length > 0 ? int.Parse(args[0]) : 4000;
var testing = args.Length > 1 ? int.Parse(args[1]) : 2000;
double[] fractions = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0];
var clock = Stopwatch.StartNew();
var ml = new MLContext(seed: 1);

// The networks were trained on pictures of seed 1, made of other garments; the router is fitted on garments that they have not seen, and tested on others still.
Console.WriteLine($"Composing {fitting:N0} pictures to fit the router on, and {testing:N0} to test it on. They are made of Fashion-MNIST, not photographed.");
var scenes = new GarmentSet(seed: 3, Garment.Read(FashionPictures.Test())).Render(0, testing);
var (fit, test) = (View(new GarmentSet(seed: 2, Garment.Read(FashionPictures.Fitting())).Render(0, fitting)), View(scenes));
Console.WriteLine($"Composed in {clock.Elapsed.TotalSeconds:F0} s.");

var task = new DetectionTask { LabelColumnName = "Key", ClassNames = FashionPictures.ClassNames, LabelFree = args.Contains("free") };
if (args.Contains("transport") || args.Contains("precision"))
{
    task.Loss = args.Contains("transport") ? DetectionLoss.OptimalTransport : DetectionLoss.AveragePrecision;
}

// At 24 pixels hardly anything is found, but how large garments are is seen there, for a fortieth of the cost of the largest size.
int[] sizes = [.. args.Contains("plain") ? Array.Empty<int>() : [24], 64, 96, 128, GarmentScene.Side];
var started = clock.Elapsed;
using var model = Fit([.. sizes.Select(size => Size(size, $"{size}"))], fit, ComputeBudget.FractionOfLargest(0.5));
var router = model.OfType<OtdRoutingTransformer>().Single();
Console.WriteLine($"Fitted in {(clock.Elapsed - started).TotalSeconds:F0} s.");

Console.WriteLine();
var comparisons = ml.OtdRouting().Sweep(model, test, [.. fractions.Select(ComputeBudget.FractionOfLargest)]);

// Each size alone by COCO's measure, which is one of all pictures together: a router whose budget pays for that size alone. How its scores are calibrated does not matter there.
var few = ml.Data.TakeRows(fit, 100);
var alone = sizes.Zip(comparisons[0].Resolutions, (size, single) =>
{
    using var pair = Fit([Size(size, "one"), Size(sizes[^1], "other")], few, ComputeBudget.Flops(single.MeanCost), isSingle: true);
    return ml.OtdRouting().Evaluate(pair.Transform(test), task);
}).ToList();

Console.WriteLine($"{"",-22} {"MFLOPs",7} {"image AP",9} {"AP",7} {"AP50",7} {"small",7} {"medium",7} {"recall",7}");
foreach (var (single, coco) in comparisons[0].Resolutions.Zip(alone))
{
    Console.WriteLine($"resolution {single.Name,-11} {single.MeanCost / 1e6,7:F1} {single.Quality,9:P1} {Coco(coco)}");
}

var calibrated = comparisons[0].LargestCalibrated;
Console.WriteLine($"{calibrated.Name,-22} {calibrated.MeanCost / 1e6,7:F1} {calibrated.Quality,9:P1}");
Console.WriteLine();
Console.WriteLine($"Image AP at each budget, beside what else could be done for it; then COCO's AP over all pictures, beside that of mixing sizes (between the points of two sizes).");
Console.WriteLine($"{"budget",7} {"MFLOPs",7} {"routed",8} {"static mix",11} {"over it by (95 %)",22} {"cascade",8} {"calibrated",11} {"penalty",8} {"oracle",7}   {"AP",7} {"of largest",11} {"mix",7}   shares");
foreach (var (fraction, point) in fractions.Zip(comparisons))
{
    using var at = router.WithBudget(ComputeBudget.FractionOfLargest(fraction));
    var (metrics, coco) = (point.Metrics, Measure(at));
    Console.WriteLine(
        $"{fraction,7:P0} {metrics.MeanCost / 1e6,7:F1} {metrics.Quality,8:P1} {point.StaticMix.Quality,11:P1} {Over(point.StaticMix),22} {point.Cascade.Quality,8:P1} {point.CalibratedCascade.Quality,11:P1} " +
        $"{point.CostPenalty?.Quality ?? double.NaN,8:P1} {point.Oracle.Quality,7:P1}   {coco["AP"],7:P1} {100 * (coco["AP"] - alone[^1]["AP"]),11:+0.0;-0.0} {Mixed(point),7:P1}   " +
        string.Join("  ", metrics.RouteNames.Zip(metrics.RouteShares).Where(s => s.Second >= 0.02).Select(s => $"{s.First} {s.Second:P0}")));
}

// At half the cost, once more from the columns, as a program that serves has them.
var routed = ml.Data.CreateEnumerable<RoutedScene>(
    ml.Transforms.Conversion.MapKeyToValue(nameof(RoutedScene.Name), "PredictedLabel").Fit(model.Transform(test)).Transform(model.Transform(test)), reuseRowObject: false).ToList();
Console.WriteLine();
Console.WriteLine($"At 50 %: {string.Join(", ", ml.OtdRouting().Evaluate(model.Transform(test), task).Measures.Select(m => $"{m.Name} {m.Value:P1}"))}.");
Console.WriteLine($"One picture: {string.Join(", ", routed[0].Name.Zip(routed[0].Score, (n, s) => $"{n} {s:P0}").Take(8))}, by route {router.Routes[(int)routed[0].Route - 1].Name}, {routed[0].Cost / 1e6:F1} MFLOPs.");
DetectionPage.Write("detection.html", scenes, routed, [.. router.Routes.Select(r => r.Name)]);
Console.WriteLine($"Wrote detection.html. Done in {clock.Elapsed.TotalSeconds:F0} s.");

OtdRoutingMetrics Measure(OtdRoutingTransformer at) => ml.OtdRouting().Evaluate(at.Transform(model.First().Transform(test)), task);

// Points by which the router is better on the same pictures.
static string Over(PolicyResult other) => $"{100 * other.Difference:+0.0;-0.0} ({100 * other.DifferenceInterval.Low:+0.0;-0.0} to {100 * other.DifferenceInterval.High:+0.0;-0.0})";

static string Coco(OtdRoutingMetrics m) => $"{m["AP"],7:P1} {m["AP50"],7:P1} {m["AP small"],7:P1} {m["AP medium"],7:P1} {m["recall"],7:P1}";

// What the best mix of two sizes at the router's cost has of COCO's AP.
double Mixed(OtdRoutingComparison point)
{
    var (cost, singles) = (point.Metrics.MeanCost, point.Resolutions.Zip(alone, (r, m) => (Cost: r.MeanCost, Quality: m["AP"])).ToList());
    var mixes = from cheap in singles from dear in singles where cheap.Cost <= cost && cost < dear.Cost
                select cheap.Quality + ((cost - cheap.Cost) / (dear.Cost - cheap.Cost) * (dear.Quality - cheap.Quality));
    return singles.Where(s => s.Cost <= cost).Select(s => s.Quality).Concat(mixes).DefaultIfEmpty(double.NaN).Max();
}

TransformerChain<OtdRoutingTransformer> Fit(IReadOnlyList<Resolution> resolutions, IDataView rows, ComputeBudget budget, bool isSingle = false)
{
    var options = new OtdResolutionRouter.Options { Task = task, Budget = budget, Fitting = { MaxRouteSize = isSingle ? 1 : 2, PruneRoutes = !isSingle } };
    foreach (var resolution in resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    return ml.Transforms.Conversion.MapValueToKey(task.LabelColumnName, nameof(GarmentScene.Label)).Append(ml.OtdRouting().Route(options)).Fit(rows);
}

Resolution Size(int size, string name) => new(Path.Combine(AppContext.BaseDirectory, "models", $"det-{size}.onnx"), size)
{
    Name = name, OutputName = "detections", EmbeddingName = args.Contains("bare") ? "" : null,
};

IDataView View(IReadOnlyList<GarmentScene> rows) => ml.Data.LoadFromEnumerable(rows, GarmentScene.Columns());
