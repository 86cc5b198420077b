using System.Globalization;
using FashionData;
using LabelFree;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
double[] budgets = [0.2, 0.3, 0.5, 0.75];
var ml = new MLContext(seed: 1);
var pictures = FashionPictures.Fitting(3000);
var withLabels = ml.Data.LoadFromEnumerable(pictures);
var withoutLabels = ml.Data.LoadFromEnumerable(pictures.Select(p => new FashionPicture { Path = p.Path }).ToList());
var test = ml.Data.LoadFromEnumerable(FashionPictures.Test());

Console.WriteLine($"Fitting with the labels of {pictures.Count:N0} pictures ...");
var labelled = Fit(withLabels, RoutingLoss.SmoothedError);
Console.WriteLine("Fitting with the same pictures without labels: the dearest route is the teacher ...");
var labelFree = Fit(withoutLabels, RoutingLoss.Disagreement);

// Labels again, but only to measure.
Console.WriteLine("Scoring 5,000 labelled test pictures ...");
var all = budgets.Select(ComputeBudget.FractionOfLargest).ToList();
var sweepLabelled = ml.OtdRouting().Sweep(labelled, test, all);
var sweepLabelFree = ml.OtdRouting().Sweep(labelFree, test, all);

Console.WriteLine();
Console.WriteLine($"{"",7} {"with labels",20} {"without labels",20} {"static mix",11}");
Console.WriteLine($"{"budget",7} {"accuracy",12} {"MFLOPs",7} {"accuracy",12} {"MFLOPs",7} {"accuracy",11}");
for (var i = 0; i < budgets.Length; i++)
{
    var (with, without) = (sweepLabelled[i].Metrics, sweepLabelFree[i].Metrics);
    Console.WriteLine(
        $"{budgets[i],7:P0} {with.Accuracy,12:P2} {with.MeanCost / 1e6,7:F1} {without.Accuracy,12:P2} {without.MeanCost / 1e6,7:F1} {sweepLabelFree[i].StaticMix.Accuracy,11:P2}");
}

Console.WriteLine();
foreach (var resolution in sweepLabelFree[0].Resolutions)
{
    Console.WriteLine($"Resolution {resolution.Name} alone: {resolution.Accuracy:P2} at {resolution.MeanCost / 1e6:F1} MFLOPs.");
}

var (teacherWith, teacherWithout) = (sweepLabelled[0].Routes[^1], sweepLabelFree[0].Routes[^1]);
Console.WriteLine($"The teacher, route {teacherWithout.Name} for all: {teacherWithout.Accuracy:P2}; with labels to weigh and calibrate its members: {teacherWith.Accuracy:P2}.");
(labelled as IDisposable)?.Dispose();
(labelFree as IDisposable)?.Dispose();

ITransformer Fit(IDataView data, RoutingLoss loss)
{
    var options = new OtdResolutionRouter.Options { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames, Loss = loss };
    foreach (var resolution in FashionPictures.Resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    // The label column is there without labels, too: the type of PredictedLabel comes from it. The names of the classes cannot come from the data then, so
    // they are given; what is not among them, such as an empty label, becomes a missing key.
    var classes = ml.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(name => new ClassName { Name = name }).ToList());
    return ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
        .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label), keyData: classes))
        .Append(ml.OtdRouting().Route(options))
        .Fit(data);
}
