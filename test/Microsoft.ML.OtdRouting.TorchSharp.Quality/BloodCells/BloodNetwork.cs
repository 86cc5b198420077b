using System.Text.Json;
using Microsoft.ML.OtdRouting.Quality;

namespace Microsoft.ML.OtdRouting.Training.Quality.BloodCells;

/// <summary>The detector of blood cells, at all sizes. What was made stays on the disk.</summary>
/// <param name="Files">The models by ascending size.</param>
/// <param name="Parameters">Numbers that were trained.</param>
/// <param name="BusySeconds">Time of all processors for the training, which does not depend on what else the machine does.</param>
internal sealed record BloodNetwork(IReadOnlyList<string> Files, long Parameters, double BusySeconds)
{
    /// <summary>Epochs of training.</summary>
    public const int Epochs = 60;

    /// <summary>Sizes, ascending, of the shape of the images.</summary>
    public static IReadOnlyList<InputSize> Sizes { get; } = [new(120, 160), new(180, 240), new(240, 320), new(312, 416)];

    /// <summary>The models as the library takes them.</summary>
    public IReadOnlyList<Resolution> Resolutions => [.. Files.Zip(Sizes, (file, size) => new Resolution(file, size.Height, size.Width) { OutputName = "detections", EmbeddingName = "embedding" })];

    /// <summary>The task of the models.</summary>
    public static DetectionTask TaskOf(DetectionLoss loss) => new() { LabelColumnName = BloodImages.KeyColumn, ClassNames = BloodImages.ClassNames, Loss = loss };

    /// <summary>Trains it, or takes it from an earlier run.</summary>
    public static BloodNetwork Train(MeasuringOptions options, BloodImages images)
    {
        var folder = Path.Combine(options.Cache, "bccd");
        var summary = Path.Combine(folder, "summary.json");
        if (!File.Exists(summary))
        {
            Progress.Write("BCCD: training.");
            var made = Train(options.Threads, folder, images.Training);
            File.WriteAllText(summary, JsonSerializer.Serialize(made));
            Progress.Write($"BCCD: trained in {made.BusySeconds:0} s of all processors.");
        }

        return JsonSerializer.Deserialize<BloodNetwork>(File.ReadAllText(summary))!;
    }

    /// <summary>The training.</summary>
    public static TrainingOptions Options(int threads, string folder, int epochs)
    {
        var training = new TrainingOptions
        {
            OutputFolder = folder,
            Name = "bccd",
            Backbone = Backbone.ResNet10,
            Objective = new DetectionObjective(),
            LabelColumnName = BloodImages.KeyColumn,
            ImageFit = ImageFit.Letterbox,
            Epochs = epochs,
            BatchSize = 8,
            LearningRate = 0.06,
            PadAndCrop = 32,
            Colors = new ColorMixing { Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 },
            HeldBackFraction = 0,
            Threads = threads,
            CheckpointFolder = folder,
            Progress = new EpochLines(),
        };
        foreach (var size in Sizes)
        {
            training.Sizes.Add(size);
        }

        return training;
    }

    private static BloodNetwork Train(int threads, string folder, IReadOnlyList<AnnotatedImage> images)
    {
        var training = Options(threads, folder, Epochs);
        var context = new MLContext(1);
        var busy = Environment.CpuUsage.TotalTime;
        var result = context.OtdRouting().Train(training, BloodImages.View(context, images));
        return new BloodNetwork([.. result.Resolutions.Select(r => r.ModelFile)], result.Parameters, (Environment.CpuUsage.TotalTime - busy).TotalSeconds);
    }
}
