using System.Globalization;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const int count = 2000;
var ml = new MLContext(seed: 1);
var fitting = ml.Data.LoadFromEnumerable(FashionPictures.Fitting(count));
var test = ml.Data.LoadFromEnumerable(FashionPictures.Test(count));

// Pixels / 255, minus the mean, by the deviation; planar RGB: what torchvision's models take.
var imageNet = ImagePreprocessing.ImageNet;

// The same numbers, but interleaved and blue first. Mean and deviation are still given in the order red, green, blue.
var interleavedBgr = new ImagePreprocessing
{
    Scale = imageNet.Scale,
    Mean = imageNet.Mean,
    StandardDeviation = imageNet.StandardDeviation,
    ChannelOrder = ChannelOrder.Bgr,
    Layout = PixelLayout.Interleaved,
};

Compare("Files for one size each, every one with its own preprocessing", 0.5,
    new Resolution(FashionPictures.ModelFile(10), 10),
    new Resolution(ModelFile("fashion-14-imagenet.onnx"), 14) { Preprocessing = imageNet },
    new Resolution(ModelFile("fashion-28-bgr-nhwc.onnx"), 28) { Preprocessing = interleavedBgr });

Compare("The same, but the preprocessing of 14 was forgotten", 0.5,
    new Resolution(FashionPictures.ModelFile(10), 10),
    new Resolution(ModelFile("fashion-14-imagenet.onnx"), 14),
    new Resolution(ModelFile("fashion-28-bgr-nhwc.onnx"), 28) { Preprocessing = interleavedBgr });

// One file, any size. It was trained at 28, and sees smaller pictures here for the first time.
var any = ModelFile("fashion-any.onnx");
Compare("One file at several sizes", 0.8, new Resolution(any, 20), new Resolution(any, 24), new Resolution(any, 28));

void Compare(string title, double budget, params Resolution[] resolutions)
{
    var options = new OtdResolutionRouter.Options
    {
        Task = new ClassificationTask { LabelColumnName = "LabelKey", ClassNames = FashionPictures.ClassNames },
        Budget = ComputeBudget.FractionOfLargest(budget),
    };
    foreach (var resolution in resolutions)
    {
        options.Resolutions.Add(resolution);
    }

    var model = ml.Transforms.LoadImages("Image", "", nameof(FashionPicture.Path))
        .Append(ml.Transforms.Conversion.MapValueToKey("LabelKey", nameof(FashionPicture.Label)))
        .Append(ml.OtdRouting().Route(options))
        .Fit(fitting);
    var compared = ml.OtdRouting().Compare(model, test);
    Console.WriteLine($"{title}:");
    foreach (var other in compared.Resolutions.Append(compared.LargestCalibrated).Append(compared.CalibratedCascade))
    {
        Console.WriteLine($"  {other.Name,-18} {other.Quality,8:P2} {other.MeanCost / 1e6,6:F1} MFLOPs");
    }

    var metrics = compared.Metrics;
    var shares = metrics.RouteNames.Zip(metrics.RouteShares).Where(route => route.Second > 0).Select(route => $"{route.First} {route.Second:P0}");
    Console.WriteLine($"  {"routed",-18} {metrics.Quality,8:P2} {metrics.MeanCost / 1e6,6:F1} MFLOPs: {string.Join(", ", shares)}");
    Console.WriteLine();
    model.Dispose();
}

static string ModelFile(string name) => Path.Combine(AppContext.BaseDirectory, "models", name);
