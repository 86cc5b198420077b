using System.Globalization;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;
using SearchedRouter;

// Arguments: trials (50), budget as a share of the largest resolution (0.4).
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var count = args.Length > 0 ? int.Parse(args[0]) : 50;
var budget = ComputeBudget.FractionOfLargest(args.Length > 1 ? double.Parse(args[1]) : 0.4);
var ml = new MLContext(seed: 1);
var keys = ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)).Fit(View(FashionPictures.Fitting()));
var options = new OtdResolutionRouter.Options
{
    ImageColumnName = nameof(FashionPicture.Path),
    Task = new ClassificationTask { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames },
    Budget = budget,
};
foreach (var resolution in FashionPictures.Resolutions)
{
    options.Resolutions.Add(resolution);
}

Console.WriteLine("Scoring 5,000 pictures at every resolution, once for all trials ...");
using var trials = ml.OtdRouting().CreateTrials(options, keys.Transform(View(FashionPictures.Fitting())));
Console.WriteLine($"The given options: {trials.Trials[0]}.");

var best = ml.Auto().CreateExperiment()
    .SetRouterTrials(trials)
    .SetMonitor(new TrialLines())
    .SetRandomSearchTuner(seed: 1)
    .SetMaxModelToExplore(count)
    .Run();

// The best of many trials looks better than it is. What is taken is better beyond what looking at so many explains, or it is the given router.
var test = keys.Transform(View(FashionPictures.Test()));
using var first = trials.Try(trials.Given).CreateRouter();
using var seemsBest = (OtdRoutingTransformer)best.Model;
var search = trials.Choose();
using var chosen = search.Router;
Console.WriteLine($"Taken: {(search.BestIndex == 0 ? "the given options" : search.Best)}.");
Console.WriteLine();
Console.WriteLine($"{"",-22} {"held out",9} {"test",9} {"MFLOPs",8}");
foreach (var (name, router) in new[] { ("the given options", first), ("the best trial", seemsBest), ("what is taken", chosen) })
{
    var measured = ml.OtdRouting().Evaluate(router.Transform(test), options.Task);
    Console.WriteLine($"{name,-22} {router.HeldOutMetrics.Quality,9:P2} {measured.Quality,9:P2} {measured.MeanCost / 1e6,8:F2}");
}

IDataView View(IReadOnlyList<FashionPicture> pictures) => ml.Data.LoadFromEnumerable(pictures);
