using System.Diagnostics;
using System.Globalization;
using DepthScenes;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting;
using Microsoft.ML.OtdRouting.Training;
using TrainDepth;

// Arguments: scenes (3000), epochs (24), folder of the models (artifacts/depth). The models that are here were made with the defaults, and copied to examples/models.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var scenes = args.Length > 0 ? int.Parse(args[0]) : 3000;
var epochs = args.Length > 1 ? int.Parse(args[1]) : 24;
var folder = args.Length > 2 ? args[2] : "artifacts/depth";
var clock = Stopwatch.StartNew();
var ml = new MLContext(seed: 1);

Console.WriteLine($"Rendering {scenes:N0} scenes.");
var pictures = new SceneSet(seed: 1).Render(0, scenes);
Console.WriteLine($"Rendered in {clock.Elapsed.TotalSeconds:F0} s. Training.");
var definition = SchemaDefinition.Create(typeof(DepthPicture));
definition[nameof(DepthPicture.Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * DepthPicture.Height * DepthPicture.Width);
definition[nameof(DepthPicture.Depth)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, DepthPicture.DepthHeight, DepthPicture.DepthWidth);
var result = ml.OtdRouting().Train(
    new TrainingOptions
    {
        Sizes = { new InputSize(48, 64), new InputSize(72, 96), new InputSize(96, 128), new InputSize(DepthPicture.Height, DepthPicture.Width) },
        Objective = new DenseRegressionObjective(),
        LabelColumnName = nameof(DepthPicture.Depth),
        Backbone = Backbone.ResNet10,
        Width = 16,
        Epochs = epochs,
        BatchSize = 16,
        LearningRate = 0.04,
        PadAndCrop = 0,
        Colors = { Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 },
        HeldBackFraction = 0.05,
        Threads = 1,
        OutputFolder = folder,
        CheckpointFolder = folder,
        Name = "depth",
        Progress = new TrainingLines("delta < 1.25"),
    },
    ml.Data.LoadFromEnumerable(pictures, definition));
Console.WriteLine($"{result.Parameters:N0} parameters; {string.Join(", ", result.Resolutions.Select(r => r.ModelFile))}; {clock.Elapsed.TotalSeconds:F0} s in all.");
