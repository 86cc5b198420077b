using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>Options of an adaptation. They are checked before any image is read.</summary>
public sealed class AdaptationOptions
{
    /// <summary>The model at its largest size, whose answers it is taught at smaller ones; with preprocessing and outputs as a router takes it.</summary>
    public Resolution? Model { get; set; }

    /// <summary>
    /// Heights of the smaller sizes, in pixels; at least one, each below the height of <see cref="Model"/>. The width follows in the proportion of the model's.
    /// </summary>
    public IList<int> Sizes { get; private set; } = [];

    /// <summary>Folder for the files, <c>name-size.onnx</c> each; made where it is missing.</summary>
    public string? OutputFolder { get; set; }

    /// <summary>Column with the images: images of any size, or texts that are paths of image files. Default <c>Image</c>.</summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>How images of another size are brought to the largest size. Default <see cref="ImageFit.CenterCrop"/>.</summary>
    public ImageFit ImageFit { get; set; }

    /// <summary>What image files are accepted, and whether they are turned upright; only where the image column holds paths.</summary>
    public ImageDecodingOptions Decoding { get; set; } = new();

    /// <summary>What is trained. Default <see cref="AdaptedLayers.ScalesAndLastLayer"/>.</summary>
    public AdaptedLayers Layers { get; set; }

    /// <summary>How often training sees every image at each size; at least 1. Default 8.</summary>
    public int Epochs { get; set; } = 8;

    /// <summary>Images of one step; at least 1. Default 8: of a thousand images, larger steps are too few.</summary>
    public int BatchSize { get; set; } = 8;

    /// <summary>Learning rate of Adam for scales and shifts, after the warm-up; positive. Default 0.002.</summary>
    public double LearningRate { get; set; } = 2e-3;

    /// <summary>Learning rate of Adam for weights: those of the last layer, or of all; positive. Default 0.0002.</summary>
    public double WeightLearningRate { get; set; } = 2e-4;

    /// <summary>Steps in which the learning rates rise from 0, of at most half of all; at least 0. From there they fall to 0 in a straight line. Default 20.</summary>
    public int WarmUpSteps { get; set; } = 20;

    /// <summary>By what answers are divided before they are compared, so that improbable classes count; at least 1. Default 2.</summary>
    public double Temperature { get; set; } = 2;

    /// <summary>
    /// Part of the images that is not trained on, but tells whether training has helped; above 0, at most 0.5. Which images are in it follows from their content.
    /// Default 0.1.
    /// </summary>
    public double HeldBackFraction { get; set; } = 0.1;

    /// <summary>Seed of the order of the images and of the mirrored ones. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// Threads of libtorch and ONNX Runtime, from 1 to 1,024; null leaves the choice to them. The same seed, images and number of threads give the same bits on one
    /// machine; another number of threads sums in another order.
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>Is told after every step how far the adaptation is, on the thread that works.</summary>
    public IProgress<AdaptationProgress>? Progress { get; set; }

    /// <summary>Stops the adaptation. Files of sizes that were finished before stay.</summary>
    public CancellationToken CancellationToken { get; set; }

    internal AdaptationOptions Freeze()
    {
        var copy = (AdaptationOptions)MemberwiseClone();
        copy.Sizes = [.. Sizes.Order()];
        copy.Decoding = Decoding.Clone();
        return copy;
    }

    /// <summary>The resolution of one of the sizes, in a file of its own.</summary>
    internal Resolution ResolutionOf(int size)
    {
        var model = Model!;
        var width = Math.Max(1, (int)Math.Round((double)size * model.Width / model.Height));
        var name = size == width ? $"{size}" : $"{size}x{width}";
        var file = Path.Combine(OutputFolder!, $"{Path.GetFileNameWithoutExtension(model.ModelFile)}-{name}.onnx");
        return new Resolution(file, size, width)
        {
            Preprocessing = model.Preprocessing,
            InputName = model.InputName,
            OutputName = model.OutputName,
            EmbeddingName = model.EmbeddingName,
            OutputKind = model.OutputKind,
        };
    }

    /// <summary>How models are run that are not trained.</summary>
    internal ScoringOptions Scoring => new() { IntraOpNumThreads = Threads };

    /// <summary>Throws when an option is missing or out of range; the message names it.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Decoding);
        ArgumentException.ThrowIfNullOrWhiteSpace(ImageColumnName);
        var model = Model ?? throw new ArgumentException($"{nameof(Model)} is missing; expected the model at its largest size.", nameof(Model));
        if (string.IsNullOrWhiteSpace(OutputFolder))
        {
            throw new ArgumentException($"{nameof(OutputFolder)} is missing; expected a folder for the adapted models.", nameof(OutputFolder));
        }

        NamedValue.Require(ImageFit, nameof(ImageFit));
        NamedValue.Require(Layers, nameof(Layers));
        if (Sizes.Count == 0 || Sizes.Distinct().Count() < Sizes.Count || Sizes.Any(s => s < 1 || s >= model.Height))
        {
            throw new ArgumentException(
                $"{nameof(Sizes)} is [{string.Join(", ", Sizes)}]; expected distinct heights from 1 to {model.Height - 1}, below that of the model.", nameof(Sizes));
        }

        Require(Epochs, Epochs >= 1, nameof(Epochs), "at least 1");
        Require(BatchSize, BatchSize >= 1, nameof(BatchSize), "at least 1");
        Require(LearningRate, LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), "positive and finite");
        Require(WeightLearningRate, WeightLearningRate > 0 && double.IsFinite(WeightLearningRate), nameof(WeightLearningRate), "positive and finite");
        Require(WarmUpSteps, WarmUpSteps >= 0, nameof(WarmUpSteps), "at least 0");
        Require(Temperature, Temperature >= 1 && double.IsFinite(Temperature), nameof(Temperature), "at least 1");
        Require(HeldBackFraction, HeldBackFraction is > 0 and <= 0.5, nameof(HeldBackFraction), "above 0 and at most 0.5");
        Require(Threads, Threads is null or (>= 1 and <= 1024), nameof(Threads), "from 1 to 1024");
    }

    private static void Require<T>(T value, bool isAllowed, string name, string allowed)
    {
        if (!isAllowed)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be {allowed}.");
        }
    }
}
