using System.Diagnostics;
using System.Globalization;
using Depth;
using DepthScenes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

// Arguments: scenes to fit on (3000), scenes to test on (1500), loss (AbsoluteRelative); with "free" behind them, the fit sees no true depths, with
// "bare", the policy sees no embeddings.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var fitting = args.Length > 0 ? int.Parse(args[0]) : 3000;
var testing = args.Length > 1 ? int.Parse(args[1]) : 1500;
var loss = args.Length > 2 ? Enum.Parse<DenseLoss>(args[2]) : DenseLoss.AbsoluteRelative;
var isFree = args.Contains("free");
double[] fractions = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0];
var clock = Stopwatch.StartNew();
var ml = new MLContext(seed: 1);

// The networks were trained on the scenes of seed 1 (TrainDepth); the router is fitted on others, and tested on others still.
Console.WriteLine($"Rendering {fitting:N0} scenes to fit the router on, and {testing:N0} to test it on. They are rendered, not photographed.");
var pictures = new SceneSet(seed: 3).Render(0, testing);
var (fit, test) = (View(new SceneSet(seed: 2).Render(0, fitting)), View(pictures));
Console.WriteLine($"Rendered in {clock.Elapsed.TotalSeconds:F0} s.");

var measured = new DenseRegressionTask { TargetColumnName = nameof(DepthPicture.Depth), Loss = loss };
var options = new OtdResolutionRouter.Options
{
    Task = isFree ? new DenseRegressionTask { Loss = loss } : measured,
    Budget = ComputeBudget.FractionOfLargest(0.5),
};
// The smallest looks at every picture; what it says about depth itself is worth less than what it says about the larger ones.
foreach (var (height, width) in new[] { (24, 32), (48, 64), (72, 96), (96, 128), (144, 192) })
{
    var file = Path.Combine(AppContext.BaseDirectory, "models", $"depth-{height}x{width}.onnx");
    options.Resolutions.Add(new Resolution(file, height, width) { EmbeddingName = args.Contains("bare") ? "" : null });
}

var started = clock.Elapsed;
using var router = ml.OtdRouting().Route(options).Fit(fit);
Console.WriteLine($"Fitted in {(clock.Elapsed - started).TotalSeconds:F0} s.");

Console.WriteLine();
var comparisons = ml.OtdRouting().Sweep(router, test, [.. fractions.Select(ComputeBudget.FractionOfLargest)]);
Console.WriteLine($"{comparisons[0].Metrics.QualityName} is the measure of the comparison; all errors here are one less of it, on the pixels that are kept.");
foreach (var single in comparisons[0].Resolutions.Append(comparisons[0].LargestCalibrated))
{
    Console.WriteLine($"resolution {single.Name,-22} {single.MeanCost / 1e6,7:F1} MFLOPs   AbsRel {1 - single.Quality:F4}");
}

// Routers between two resolutions of which each goes alone tell what the smaller ones are worth when they are scaled.
List<PolicyResult> scaled = [];
for (var r = 0; r < options.Resolutions.Count - 1; r++)
{
    var pair = new OtdResolutionRouter.Options { Task = options.Task, Budget = ComputeBudget.FractionOfLargest(0.9), Fitting = { PruneRoutes = false } };
    pair.Resolutions.Add(options.Resolutions[r]);
    pair.Resolutions.Add(options.Resolutions[^1]);
    using var other = ml.OtdRouting().Route(pair).Fit(fit);
    scaled.Add(ml.OtdRouting().Compare(other, test).Routes.Single(route => route.Name == options.Resolutions[r].Name));
}

foreach (var single in scaled)
{
    Console.WriteLine($"resolution {single.Name + ", calibrated",-22} {single.MeanCost / 1e6,7:F1} MFLOPs   AbsRel {1 - single.Quality:F4}");
}

Console.WriteLine();
Console.WriteLine($"{"budget",7} {"MFLOPs",7} {"routed",8} {"of largest",11} {"of scaled",10} {"RMSE",7} {"delta",7} {"static mix",11} {"scaled mix",11} {"cascade",8} {"calibrated",11} {"oracle",8}   shares");
foreach (var (fraction, point) in fractions.Zip(comparisons))
{
    var metrics = point.Metrics;
    Console.WriteLine(
        $"{fraction,7:P0} {metrics.MeanCost / 1e6,7:F1} {1 - metrics.Quality,8:F4} {Beside(metrics, point.Resolutions[^1]),11} " +
        $"{Beside(metrics, point.LargestCalibrated),10} " +
        $"{metrics["RMSE"],7:F3} {metrics["delta < 1.25"],7:P1} {1 - point.StaticMix.Quality,11:F4} {1 - ScaledMix(point),11:F4} {1 - point.Cascade.Quality,8:F4} {1 - point.CalibratedCascade.Quality,11:F4} " +
        $"{1 - point.Oracle.Quality,8:F4}   {string.Join("  ", metrics.RouteNames.Zip(metrics.RouteShares).Where(s => s.Second >= 0.02).Select(s => $"{s.First} {s.Second:P0}"))}");
}

// The same from the columns alone, on all pixels, as a program that serves has them.
var scored = router.Transform(test);
var whole = ml.OtdRouting().Evaluate(scored, measured);
Console.WriteLine();
Console.WriteLine($"At 50 %, on all pixels: {string.Join(", ", whole.Measures.Select(m => $"{m.Name} {m.Value:F4}"))}.");

using (var engine = ml.Model.CreatePredictionEngine<DepthPicture, RoutedDepth>(router, new PredictionEngineOptions { InputSchemaDefinition = Definition(), OwnsTransformer = false }))
{
    var one = engine.Predict(pictures[0]);
    Console.WriteLine($"One picture: {one.Prediction.Min():F1} to {one.Prediction.Max():F1} m, by route {router.Routes[(int)one.Route - 1].Name}, {one.Cost / 1e6:F1} MFLOPs.");
}

DepthPage.Write("depth.html", pictures, [.. ml.Data.CreateEnumerable<RoutedDepth>(scored, reuseRowObject: false)], [.. router.Routes.Select(r => r.Name)]);
Console.WriteLine($"Wrote depth.html. Done in {clock.Elapsed.TotalSeconds:F0} s.");

// Without true depths the largest resolution is what the others are held against, and has no error itself.
string Beside(OtdRoutingMetrics routed, PolicyResult other) => other.Quality < 1 ? $"{((1 - routed.Quality) / (1 - other.Quality)) - 1:+0.0%;-0.0%}" : "–";

// What a random mix of resolutions gives that are scaled as the router scales them: part of what a router gains comes from the scales, which need no router.
double ScaledMix(OtdRoutingComparison point)
{
    var cost = point.Metrics.MeanCost;
    var singles = scaled.Append(point.LargestCalibrated).ToList();
    var alone = singles.Where(single => single.MeanCost <= cost).Max(single => single.Quality);
    var mixes = from cheap in singles from dear in singles where cheap.MeanCost <= cost && cost < dear.MeanCost
                select cheap.Quality + ((cost - cheap.MeanCost) / (dear.MeanCost - cheap.MeanCost) * (dear.Quality - cheap.Quality));
    return mixes.Append(alone).Max();
}

IDataView View(IReadOnlyList<DepthPicture> rows) => ml.Data.LoadFromEnumerable(rows, Definition());

static SchemaDefinition Definition()
{
    var definition = SchemaDefinition.Create(typeof(DepthPicture));
    definition[nameof(DepthPicture.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * DepthPicture.Height * DepthPicture.Width);
    definition[nameof(DepthPicture.Depth)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, DepthPicture.DepthHeight, DepthPicture.DepthWidth);
    return definition;
}
