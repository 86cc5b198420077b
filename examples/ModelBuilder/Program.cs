using System.Globalization;
using FashionData;
using Microsoft.ML;
using ModelBuilder;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

// Fit: once, and again when there are other models or images.
var mlContext = new MLContext(seed: 1);
var fitting = Clothing.LoadImages(mlContext, FashionPictures.Fitting(2000).Select(p => p.Path));
var model = Clothing.BuildRoutedPipeline(mlContext, FashionPictures.Resolutions, FashionPictures.ClassNames).Fit(fitting);
mlContext.OtdRouting().Save(model, fitting.Schema, Clothing.RoutedModelPath);

// Compare: what routing gives on images that nothing was fitted to.
var test = Clothing.LoadImages(mlContext, FashionPictures.Test(1000).Select(p => p.Path));
var compared = mlContext.OtdRouting().Compare(model, test);
var largest = compared.Resolutions[^1];
Console.WriteLine($"largest size: {largest.Quality:P1} at {largest.MeanCost / 1e6:F1} MFLOPs an image");
Console.WriteLine($"routed:       {compared.Metrics.Quality:P1} at {compared.Metrics.MeanCost / 1e6:F1} MFLOPs an image");

// Use: as before, by the other method.
foreach (var picture in FashionPictures.Test(3))
{
    var output = Clothing.PredictRouted(new Clothing.ModelInput { ImageSource = File.ReadAllBytes(picture.Path) });
    Console.WriteLine($"{picture.Label} is taken for {output.PredictedLabel} ({output.Score.Max():P0})");
}
