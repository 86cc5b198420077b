using System.Diagnostics;
using System.Globalization;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
double[] fractions = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1];
var budgets = fractions.Select(ComputeBudget.FractionOfLargest).ToList();
var ml = new MLContext(seed: 1);
// The gallery is what the router is fitted on: it is there when the router is made. Queries come later.
var gallery = ml.Data.LoadFromEnumerable(FashionPictures.Fitting());
var queries = ml.Data.LoadFromEnumerable(FashionPictures.Test());
foreach (var loss in new[] { EmbeddingLoss.RetrievedLabel })
{
    var clock = Stopwatch.StartNew();
    using var model = Fit(loss);
    var fitted = clock.Elapsed;
    clock.Restart();
    var points = ml.OtdRouting().Sweep(model, queries, budgets, gallery);
    Console.WriteLine($"{loss}: fitted in {fitted.TotalSeconds:F0} s, compared in {clock.Elapsed.TotalSeconds:F0} s.");
    Console.WriteLine($"{"budget",7} {"MFLOPs",7} {"routed",8} {"at 5",8} {"at 10",8} {"mAP",8} {"agree",8} {"static mix",11} {"cascade",8} {"calibrated",11} {"oracle",8}");
    foreach (var point in points)
    {
        var metrics = point.Metrics;
        Console.WriteLine(
            $"{metrics.Budget / point.LargestCalibrated.MeanCost,7:P0} {metrics.MeanCost / 1e6,7:F1} {metrics.Quality,8:P2} {metrics["recall at 5"],8:P2} {metrics["recall at 10"],8:P2} " +
            $"{metrics["mean average precision"],8:F4} {metrics["agreement at 1"],8:P2} {point.StaticMix.Quality,11:P2} {point.Cascade.Quality,8:P2} {point.CalibratedCascade.Quality,11:P2} {point.Oracle.Quality,8:P2}  " +
            string.Join(" ", metrics.RouteNames.Zip(metrics.RouteShares, (n, s) => $"{n} {s:P0}")));
    }

    foreach (var r in points[0].Resolutions.Concat(points[^1].Routes))
    {
        Console.WriteLine($"  {r.Name} {r.Quality:P2} {r.MeanCost / 1e6:F1}");
    }
}

TransformerChain<OtdRoutingTransformer> Fit(EmbeddingLoss loss)
{
    var options = new OtdResolutionRouter.Options { Task = new EmbeddingTask { LabelColumnName = "LabelKey", Loss = loss } };
    foreach (var resolution in FashionPictures.Resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    return ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
        .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
        .Append(ml.OtdRouting().Route(options))
        .Fit(gallery);
}
