using System.Globalization;
using FashionData;
using LabelFree;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var budgets = new[] { 0.2, 0.3, 0.5, 0.75, 1 }.Select(ComputeBudget.FractionOfLargest).ToList();
var ml = new MLContext(seed: 1);
var pictures = FashionPictures.Fitting(3000);
var labelled = WithKeys(pictures);
// Paths and nothing else: there is no label column that could be read.
var unlabelled = ml.Data.LoadFromEnumerable(pictures.Select(p => new PicturePath { Path = p.Path }).ToList());
var test = WithKeys(FashionPictures.Test());

Console.WriteLine($"Fitting on {pictures.Count:N0} pictures: with their labels, and twice without. Labels of the 5,000 test pictures only measure.");
Console.WriteLine();
Console.WriteLine($"{"fitted to",-21} {"budget",7} {"MFLOPs",7} {"routed",8} {"calibrated cascade",19} {"cascade",8} {"static mix",11}");
var alone = new List<PolicyResult>();
foreach (var teacher in new[] { null, ClassificationTeacher.Weighted, ClassificationTeacher.Largest })
{
    using var model = Fit(teacher is null ? labelled : unlabelled, teacher);
    var name = teacher is null ? "labels" : $"teacher {teacher}";
    var points = ml.OtdRouting().Sweep(model, test, budgets);
    foreach (var point in points)
    {
        var metrics = point.Metrics;
        Console.WriteLine(
            $"{name,-21} {metrics.Budget / point.LargestCalibrated.MeanCost,7:P0} {metrics.MeanCost / 1e6,7:F1} {metrics.Quality,8:P2} " +
            $"{point.CalibratedCascade.Quality,19:P2} {point.Cascade.Quality,8:P2} {point.StaticMix.Quality,11:P2}");
    }

    if (teacher is null)
    {
        alone.AddRange(points[0].Resolutions);
    }

    alone.Add(points[0].LargestCalibrated with { Name = $"{points[0].LargestCalibrated.Name} to {name}" });
}

Console.WriteLine();
foreach (var resolution in alone)
{
    Console.WriteLine($"Resolution {resolution.Name}: {resolution.Quality:P2} at {resolution.MeanCost / 1e6:F1} MFLOPs.");
}

// Labels become keys in the order of the models' classes: a router that was fitted without labels has no other order.
IDataView WithKeys(IReadOnlyList<FashionPicture> labels)
{
    var classes = ml.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(name => new ClassName { Name = name }).ToList());
    var data = ml.Data.LoadFromEnumerable(labels);
    return ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label), keyData: classes).Fit(data).Transform(data);
}

TransformerChain<OtdRoutingTransformer> Fit(IDataView data, ClassificationTeacher? teacher)
{
    var options = new OtdResolutionRouter.Options
    {
        Task = new ClassificationTask { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames, Teacher = teacher },
    };
    foreach (var resolution in FashionPictures.Resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    return ml.Transforms.LoadImages("Image", "", nameof(PicturePath.Path)).Append(ml.OtdRouting().Route(options)).Fit(data);
}
