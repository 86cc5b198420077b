using System.Diagnostics;
using System.Globalization;
using FashionData;
using FashionRouting;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;
using Microsoft.ML.Transforms;
using TrainRouter;

// Arguments: epochs (20); the folder of Fashion-MNIST as it is published, to train on 50,000 pictures in place of the 4,000 that are here.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var epochs = args.Length > 0 ? int.Parse(args[0]) : 20;
var clock = Stopwatch.StartNew();
var ml = new MLContext(seed: 1);
var published = args.Length > 1;
var pictures = published ? MnistFiles.Read(args[1], "train", 55_000) : Garment.Read(FashionPictures.Fitting());
var test = View(published ? MnistFiles.Read(args[1], "t10k", int.MaxValue) : Garment.Read(FashionPictures.Test()));

// A network for four sizes is trained on most pictures; on those kept back the router learns what each size is worth.
var training = new TrainingOptions
{
    Sizes = { 10, 14, 20, 28 },
    Backbone = Backbone.ResNet8,
    LabelColumnName = "LabelKey",
    Epochs = epochs,
    HeldBackFraction = published ? 1 / 11.0 : 0.2,
    OutputFolder = "artifacts/trained",
    Name = "fashion",
    // The same bits whatever else runs, and on networks this small hardly slower than two: batches are made ready beside it.
    Threads = 1,
    CheckpointFolder = published ? "artifacts/trained" : null,
    Progress = new TrainingLines(),
};
var router = new OtdResolutionRouter.Options { Budget = ComputeBudget.FractionOfLargest(0.5) };
var pipeline = ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(Picture.Label), keyOrdinality: ValueToKeyMappingEstimator.KeyOrdinality.ByValue)
    .Append(ml.OtdRouting().Train(training, router))
    .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedClass", "PredictedLabel"));

Console.WriteLine($"Training on {pictures.Count:N0} pictures, of which a part is kept back.");
using var model = pipeline.Fit(View(pictures));
Console.WriteLine($"Trained and fitted in {clock.Elapsed.TotalSeconds:F0} s; the files are in {training.OutputFolder}.");

double[] fractions = [0.3, 0.4, 0.5, 0.75, 1.0];
var comparisons = ml.OtdRouting().Sweep(model, test, [.. fractions.Select(ComputeBudget.FractionOfLargest)]);
var largest = comparisons[0].Resolutions[^1].MeanCost;
var rows = comparisons[0].Resolutions.Append(comparisons[0].LargestCalibrated)
    .Select(single => new ReportRow($"resolution {single.Name}", single.Quality, single.MeanCost, single.MeanCost / largest, null))
    .ToList();
foreach (var (fraction, comparison) in fractions.Zip(comparisons))
{
    rows.AddRange(new[] { comparison.StaticMix, comparison.Cascade, comparison.CalibratedCascade }
        .Select(baseline => new ReportRow(baseline.Name, baseline.Quality, baseline.MeanCost, fraction, null)));
    rows.Add(new ReportRow("routed", comparison.Metrics.Quality, comparison.Metrics.MeanCost, fraction, RoutedReport.Of(comparison.Metrics)));
}

ReportTable.Write(Console.Out, rows);
Console.WriteLine($"Done in {clock.Elapsed.TotalSeconds:F0} s.");

IDataView View(IReadOnlyList<Garment> garments)
{
    var definition = SchemaDefinition.Create(typeof(Picture));
    definition[nameof(Picture.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * Garment.Side * Garment.Side);
    var rows = garments.Select(garment =>
    {
        var grey = Array.ConvertAll(garment.Grey, p => (float)p);
        return new Picture { Image = [.. grey, .. grey, .. grey], Label = garment.Label };
    });
    return ml.Data.LoadFromEnumerable(rows.ToList(), definition);
}
