using System.Diagnostics;
using System.Globalization;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;
using Retrieval;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var loss = args.Length == 0 ? EmbeddingLoss.RetrievedLabel : Enum.Parse<EmbeddingLoss>(args[0]);
// A few pictures for a first look; all 5,000 without a second argument.
var count = args.Length < 2 ? int.MaxValue : int.Parse(args[1], CultureInfo.InvariantCulture);
var budgets = new[] { 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1 }.Select(ComputeBudget.FractionOfLargest).ToList();
var ml = new MLContext(seed: 1);
// The gallery is there when the router is made, so it is what the router is fitted on. Queries come later.
var gallery = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(count));
var queries = ml.Data.LoadFromEnumerable(FashionPictures.Test(count));
var task = new EmbeddingTask { LabelColumnName = "LabelKey", Loss = loss };
var clock = Stopwatch.StartNew();
using var model = Fit();
Console.WriteLine($"Fitted to the loss {loss} in {clock.Elapsed.TotalSeconds:F0} s. Recall at 1, in a gallery at the largest resolution:");
Console.WriteLine();
var points = ml.OtdRouting().Sweep(model, queries, budgets, gallery);
Console.WriteLine($"{"budget",7} {"MFLOPs",7} {"routed",8} {"static mix",11} {"cascade",8} {"calibrated",11}   {"at 5",7} {"at 10",7} {"mAP",7} {"agreement",10}");
foreach (var point in points)
{
    var metrics = point.Metrics;
    Console.WriteLine(
        $"{metrics.Budget / point.LargestCalibrated.MeanCost,7:P0} {metrics.MeanCost / 1e6,7:F1} {metrics.Quality,8:P2} {point.StaticMix.Quality,11:P2} " +
        $"{point.Cascade.Quality,8:P2} {point.CalibratedCascade.Quality,11:P2}   {metrics["recall at 5"],7:P1} {metrics["recall at 10"],7:P1} " +
        $"{metrics["mean average precision"],7:F4} {metrics["agreement at 1"],10:P1}");
}

Console.WriteLine();
foreach (var resolution in points[0].Resolutions.Append(points[0].LargestCalibrated))
{
    Console.WriteLine($"Resolution {resolution.Name}: {resolution.Quality:P2} at {resolution.MeanCost / 1e6:F1} MFLOPs.");
}

// The same from the columns alone, as a program that serves has them: queries by the router, the gallery by the largest model or by the router too.
var router = model.LastTransformer;
var routed = model.Transform(queries);
var embedded = Embed(gallery);
var asymmetric = ml.OtdRouting().EvaluateRetrieval(routed, embedded, task);
var symmetric = ml.OtdRouting().EvaluateRetrieval(routed, model.Transform(gallery), task);
Console.WriteLine();
Console.WriteLine($"At {router.Budget / points[0].LargestCalibrated.MeanCost:P0}, gallery at the largest resolution: {Describe(asymmetric)}.");
Console.WriteLine($"The gallery by the router as well: {Describe(symmetric)}.");
NeighbourPage.Write("neighbours.html", Rows(routed), Rows(embedded), router.Routes.Select(r => r.Name).ToList());
Console.WriteLine($"Wrote neighbours.html. Done in {clock.Elapsed.TotalSeconds:F0} s.");

static string Describe(IReadOnlyList<TaskMeasure> measures) => string.Join(", ", measures.Select(m => $"{m.Name} {m.Value:P2}"));

List<EmbeddedPicture> Rows(IDataView data) => ml.Data.CreateEnumerable<EmbeddedPicture>(data, reuseRowObject: false, ignoreMissingColumns: true).ToList();

TransformerChain<OtdRoutingTransformer> Fit()
{
    var options = new OtdResolutionRouter.Options { Task = task };
    foreach (var resolution in FashionPictures.Resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    return ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
        .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
        .Append(ml.OtdRouting().Route(options))
        .Fit(gallery);
}

// The largest model by ML.NET's own means: the pictures have its size.
IDataView Embed(IDataView pictures) => ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
    .Append(ml.Transforms.ResizeImages("Image", 28, 28))
    .Append(ml.Transforms.ExtractPixels("image", "Image"))
    .Append(ml.Transforms.ApplyOnnxModel(["embedding"], ["image"], FashionPictures.ModelFile(28), new Dictionary<string, int[]> { ["image"] = [1, 3, 28, 28] }, null, false))
    .Append(ml.Transforms.CopyColumns("Embedding", "embedding"))
    .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
    .Fit(pictures).Transform(pictures);
