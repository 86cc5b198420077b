using System.Text.Json;
using Microsoft.ML.OtdRouting.Quality;

namespace Microsoft.ML.OtdRouting.Training.Quality.Characters;

/// <summary>The network that embeds characters, at all sizes. What was made stays on the disk.</summary>
/// <param name="Files">The models by ascending size.</param>
/// <param name="Images">Images that were trained on, turned ones included.</param>
/// <param name="Parameters">Numbers that were trained.</param>
/// <param name="BusySeconds">Time of all processors for the training, which does not depend on what else the machine does.</param>
internal sealed record CharacterNetwork(IReadOnlyList<string> Files, int Images, long Parameters, double BusySeconds)
{
    /// <summary>Epochs of training.</summary>
    public const int Epochs = 12;

    /// <summary>Pixels by which training images are moved at most.</summary>
    public const int PadAndCrop = 8;

    /// <summary>How often every image is trained on in an epoch, turned by 90° each time.</summary>
    public const int Turns = 4;

    /// <summary>Sizes, ascending.</summary>
    public static IReadOnlyList<int> Sizes { get; } = [28, 42, 63, CharacterSplit.Size];

    /// <summary>The models as the library takes them.</summary>
    public IReadOnlyList<Resolution> Resolutions => [.. Files.Zip(Sizes, (file, size) => new Resolution(file, size) { OutputName = "logits", EmbeddingName = "embedding" })];

    /// <summary>Trains it, or takes it from an earlier run.</summary>
    public static CharacterNetwork Train(MeasuringOptions options, CharacterSplit split)
    {
        var folder = Path.Combine(options.Cache, "omniglot");
        var summary = Path.Combine(folder, "summary.json");
        if (!File.Exists(summary))
        {
            Progress.Write("Omniglot: training.");
            var made = Train(options.Threads, folder, split.Training);
            File.WriteAllText(summary, JsonSerializer.Serialize(made));
            Progress.Write($"Omniglot: trained in {made.BusySeconds:0} s of all processors.");
        }

        return JsonSerializer.Deserialize<CharacterNetwork>(File.ReadAllText(summary))!;
    }

    private static CharacterNetwork Train(int threads, string folder, IReadOnlyList<Character> characters)
    {
        var training = new TrainingOptions
        {
            OutputFolder = folder,
            Backbone = Backbone.ResNet10,
            Objective = new EmbeddingObjective(),
            LabelColumnName = CharacterSplit.KeyColumn,
            Epochs = Epochs,
            // The mirror image of a character is another one.
            Flips = false,
            PadAndCrop = PadAndCrop,
            HeldBackFraction = 0,
            Threads = threads,
            Progress = new EpochLines(),
        };
        foreach (var size in Sizes)
        {
            training.Sizes.Add(size);
        }

        var context = new MLContext(1);
        var busy = Environment.CpuUsage.TotalTime;
        var result = context.OtdRouting().Train(training, CharacterSplit.View(context, characters, turns: Turns));
        return new CharacterNetwork([.. result.Resolutions.Select(r => r.ModelFile)], result.TrainingImages, result.Parameters, (Environment.CpuUsage.TotalTime - busy).TotalSeconds);
    }
}
