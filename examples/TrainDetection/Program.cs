using System.Diagnostics;
using System.Globalization;
using DetectionScenes;
using FashionData;
using Microsoft.ML;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;
using TrainDepth;
using TrainDetection;

// Arguments: folder of Fashion-MNIST as it is published, pictures (8000), epochs (45), folder of the models (artifacts/detection), assignment (OptimalTransport), learning rate (0.2), sizes (24,64,96,128,160).
// The models that are here were made with the defaults, and copied to examples/models.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var published = args.Length > 0 ? args[0] : "/usr/share/datasets/fashion-mnist";
var pictures = args.Length > 1 ? int.Parse(args[1]) : 8000;
var epochs = args.Length > 2 ? int.Parse(args[2]) : 45;
var folder = args.Length > 3 ? args[3] : "artifacts/detection";
var assignment = args.Length > 4 ? Enum.Parse<DetectionAssignment>(args[4]) : DetectionAssignment.OptimalTransport;
var rate = args.Length > 5 ? double.Parse(args[5]) : 0.2;
int[] sizes = args.Length > 6 ? [.. args[6].Split(',').Select(int.Parse)] : [24, 64, 96, 128, GarmentScene.Side];
var clock = Stopwatch.StartNew();
var ml = new MLContext(seed: 1);

Console.WriteLine($"Composing {pictures:N0} pictures.");
var scenes = new GarmentSet(seed: 1, MnistFiles.Read(published, "train", 50_000)).Render(0, pictures);
Console.WriteLine($"Composed in {clock.Elapsed.TotalSeconds:F0} s. Training.");
var rows = ml.Data.LoadFromEnumerable(scenes, GarmentScene.Columns());
// Keys in the order of the classes' numbers, not in that of their first garment.
var names = ml.Data.LoadFromEnumerable(FashionPictures.ClassNames.Select(name => new NamedClass { Name = name }));
var keyed = ml.Transforms.Conversion.MapValueToKey("Key", nameof(GarmentScene.Label), keyData: names).Fit(rows).Transform(rows);
var options = new TrainingOptions
{
    Objective = new DetectionObjective { Assignment = assignment },
    LabelColumnName = "Key",
    Backbone = Backbone.ResNet8,
    Epochs = epochs,
    BatchSize = 16,
    // Steps are what a training of an hour lacks: twice as many at half of the sizes find more.
    SizesPerStep = Math.Min(2, sizes.Length),
    LearningRate = rate,
    PadAndCrop = sizes.Max() / 20,
    HeldBackFraction = 0.05,
    Threads = 1,
    OutputFolder = folder,
    CheckpointFolder = folder,
    Name = "det",
    Progress = new TrainingLines("image AP"),
};
foreach (var size in sizes)
{
    options.Sizes.Add(size);
}

var result = ml.OtdRouting().Train(options, keyed);
Console.WriteLine($"{result.Parameters:N0} parameters; {string.Join(", ", result.Resolutions.Select(r => r.ModelFile))}; {clock.Elapsed.TotalSeconds:F0} s in all.");
