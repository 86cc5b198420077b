using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Priors;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>Options of the training of a network at several sizes. They are checked before any image is read.</summary>
public sealed class TrainingOptions
{
    /// <summary>The greatest share of a plan in the weight of a loss: beyond it, accuracy was lost wherever it was tried.</summary>
    public const double GreatestPlanStrength = 0.25;

    /// <summary>libtorch 2.10 writes beside its memory in gradients of convolutions of one pixel whose channels are no multiple of this.</summary>
    private const int WidthUnit = 8;

    /// <summary>Sizes of the input, in pixels; at least one, all different. A number is a square size.</summary>
    public IList<InputSize> Sizes { get; private set; } = [];

    /// <summary>Folder for the files, <c>name-size.onnx</c> each; made where it is missing.</summary>
    public string? OutputFolder { get; set; }

    /// <summary>What the names of the files begin with. Default <c>model</c>.</summary>
    public string Name { get; set; } = "model";

    /// <summary>
    /// Column with the images: images of any size, paths of image files or their bytes, or float vectors at the largest size (planar RGB, 0..255). Default <c>Image</c>.
    /// </summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>What the network is trained for. Default <see cref="ClassificationObjective"/>.</summary>
    public TrainingObjective Objective { get; set; } = new ClassificationObjective();

    /// <summary>Column with the truth. For classification: classes, as keys, numbered as the keys are. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>How images of another size are brought to the largest size. Default <see cref="ImageFit.CenterCrop"/>.</summary>
    public ImageFit ImageFit { get; set; }

    /// <summary>What image files are accepted, and whether they are turned upright; only where the image column holds files.</summary>
    public ImageDecodingOptions Decoding { get; set; } = new();

    /// <summary>The network. Default <see cref="Backbone.ResNet8"/>.</summary>
    public Backbone Backbone { get; set; }

    /// <summary>Channels of the network's first stage, or numbers of a token; a multiple of 8 up to 1,024. Null for the backbone's own.</summary>
    public int? Width { get; set; }

    /// <summary>Makes a network of your own, in place of a backbone; null for none. It is called once, or once a size with <see cref="SeparateNetworks"/>.</summary>
    public Func<NetworkSettings, MultiResolutionNetwork>? Network { get; set; }

    /// <summary>Whether every size has a network of its own: as many times the parameters, and errors that differ more from size to size. Default false.</summary>
    public bool SeparateNetworks { get; set; }

    /// <summary>How often training sees every image; at least 1. Default 30.</summary>
    public int Epochs { get; set; } = 30;

    /// <summary>Images of one step; at least 2. What is left of an epoch that makes no whole batch is left out of that epoch. Default 64.</summary>
    public int BatchSize { get; set; } = 64;

    /// <summary>
    /// Sizes at which a batch is trained, from 1 to the number of <see cref="Sizes"/>, in turn; null for all of them. With half of the sizes a step takes half as long, so that there can be twice as
    /// many epochs: where steps are what a training lacks, that is worth more. Not with
    /// <see cref="SeparateNetworks"/>, a plan or <see cref="DistillationWeight"/>, which need all sizes.
    /// </summary>
    public int? SizesPerStep { get; set; }

    /// <summary>Learning rate after the warm-up; positive. Default 0.3.</summary>
    public double LearningRate { get; set; } = 0.3;

    /// <summary>Momentum of Nesterov's kind; at least 0, below 1. Default 0.9.</summary>
    public double Momentum { get; set; } = 0.9;

    /// <summary>What is added to the gradient, as a part of the parameters; at least 0. Default 0.0005.</summary>
    public double WeightDecay { get; set; } = 5e-4;

    /// <summary>Part of all steps in which the learning rate rises from 0 in a straight line; from 0 to 0.5. Default 0.15.</summary>
    public double WarmUpShare { get; set; } = 0.15;

    /// <summary>How the learning rate falls to 0 after that. Default <see cref="LearningRateDecay.Linear"/>.</summary>
    public LearningRateDecay Decay { get; set; }

    /// <summary>Part of the target that is spread over all classes; at least 0, below 1; for classification. Default 0.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>Whether every second image, at random, is mirrored, left for right. Default true.</summary>
    public bool Flips { get; set; } = true;

    /// <summary>Pixels by which images are moved at most, at random, in each direction at the largest size, black coming in; at least 0, below both sides. Default 2.</summary>
    public int PadAndCrop { get; set; } = 2;

    /// <summary>How far colours are changed at random. By default they are not.</summary>
    public ColorMixing Colors { get; set; } = new();

    /// <summary>
    /// For classification: weight of the divergence of each size's answers from the mean of those of all sizes, beside the cross-entropy to the label; at least 0. Default 0: it brings sizes
    /// nearer to each other, which routing and ensembles pay for.
    /// </summary>
    public double DistillationWeight { get; set; }

    /// <summary>
    /// Part α of the weight of a loss that comes from a transport plan between the images of a batch and the sizes; from 0 to <see cref="GreatestPlanStrength"/>. Of the
    /// loss of image i at size k of K the weight is <c>1 − α + α K p</c>, with p the part of the image that the plan gives to the size. Default 0.
    /// </summary>
    public double PlanStrength { get; set; }

    /// <summary>
    /// Shares of the sizes in the plan: <see cref="RoutingPrior.Budget"/> or <see cref="RoutingPrior.Explicit"/>; only with <see cref="PlanStrength"/>. A size costs as
    /// many units as it has pixels. Null for the first, with a uniform base.
    /// </summary>
    public RoutingPrior? PlanPrior { get; set; }

    /// <summary>
    /// Mean cost of the plan as a fraction of the largest size's, for a prior that follows a budget; from the cost of the smallest size to 1. Null for the mean cost of
    /// all sizes.
    /// </summary>
    public double? PlanBudget { get; set; }

    /// <summary>
    /// Part of the images that is not trained on, but tells after every epoch how good each size is; from 0 to 0.5. Which images are in it follows from their content.
    /// Default 0.1.
    /// </summary>
    public double HeldBackFraction { get; set; } = 0.1;

    /// <summary>Seed of the first weights, of the order of images and of what is done to them. Default 1.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>
    /// What the network is trained on; default the processor. The same bits are promised there alone. A GPU needs a libtorch that can use it, see
    /// <see cref="LibTorch.RequireGpu"/>.
    /// </summary>
    public TrainingDevice Device { get; set; } = TrainingDevice.Cpu;

    /// <summary>
    /// Threads of libtorch, from 1 to 1,024; null leaves the choice to it. Batches are made ready on one more. The same seed, images and number of threads give the
    /// same bits on one machine; another number of threads sums in another order.
    /// </summary>
    public int? Threads { get; set; }

    /// <summary>
    /// Folder for the file <c>training.checkpoint</c>, from which training goes on when it is started again with the same options and images, to the same bits as if it
    /// had never stopped; null for none. Made where it is missing. A checkpoint of other options or images is refused.
    /// </summary>
    public string? CheckpointFolder { get; set; }

    /// <summary>Epochs from one checkpoint to the next; at least 1. Default 1. There is another one when training is cancelled.</summary>
    public int CheckpointInterval { get; set; } = 1;

    /// <summary>Is told after every step how far training is, on the thread that works.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Stops training between two steps, with a checkpoint where there is a folder for it.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The largest size, at which images are held.</summary>
    internal InputSize Largest => new(Sizes.Max(s => s.Height), Sizes.Max(s => s.Width));

    /// <summary>A copy that nobody else changes, with ascending sizes.</summary>
    internal TrainingOptions Freeze()
    {
        var copy = (TrainingOptions)MemberwiseClone();
        copy.Sizes = [.. Sizes.OrderBy(s => (long)s.Height * s.Width).ThenBy(s => s.Height)];
        copy.Decoding = Decoding.Clone();
        copy.Colors = Colors.Clone();
        return copy;
    }

    /// <summary>The file of a size, as a router takes it.</summary>
    internal Resolution ResolutionOf(InputSize size) =>
        new(Path.Combine(OutputFolder!, $"{Name}-{size.Name}.onnx"), size.Height, size.Width) { OutputName = Objective.OutputName, EmbeddingName = "embedding" };

    /// <summary>Throws when an option is missing or out of range; the message names it.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Decoding);
        ArgumentNullException.ThrowIfNull(Colors);
        ArgumentNullException.ThrowIfNull(Objective);
        ArgumentException.ThrowIfNullOrWhiteSpace(ImageColumnName);
        ArgumentException.ThrowIfNullOrWhiteSpace(LabelColumnName);
        if (string.IsNullOrWhiteSpace(OutputFolder))
        {
            throw new ArgumentException($"{nameof(OutputFolder)} is missing; expected a folder for the trained models.", nameof(OutputFolder));
        }

        if (string.IsNullOrWhiteSpace(Name) || Name.IndexOfAny(Path.GetInvalidFileNameChars()) >= 0)
        {
            throw new ArgumentException($"{nameof(Name)} is '{Name}'; expected what names of files can begin with.", nameof(Name));
        }

        NamedValue.Require(ImageFit, nameof(ImageFit));
        NamedValue.Require(Backbone, nameof(Backbone));
        NamedValue.Require(Decay, nameof(Decay));
        if (Sizes.Count == 0 || Sizes.Distinct().Count() < Sizes.Count || Sizes.Any(s => s.Height is < 4 or > 4096 || s.Width is < 4 or > 4096))
        {
            throw new ArgumentException(
                $"{nameof(Sizes)} is [{string.Join(", ", Sizes)}]; expected distinct sizes from 4 to 4096 pixels.", nameof(Sizes));
        }

        if (!Sizes.Contains(Largest))
        {
            throw new ArgumentException(
                $"{nameof(Sizes)} is [{string.Join(", ", Sizes)}]; one of them must be the largest in height and in width, since the others are made from it.", nameof(Sizes));
        }

        Require(Width, Width is null or (>= WidthUnit and <= 1024) && Width.GetValueOrDefault() % WidthUnit == 0, nameof(Width), $"a multiple of {WidthUnit} up to 1024");
        Require(Epochs, Epochs >= 1, nameof(Epochs), "at least 1");
        Require(BatchSize, BatchSize >= 2, nameof(BatchSize), "at least 2");
        Require(SizesPerStep, SizesPerStep is null || (SizesPerStep >= 1 && SizesPerStep <= Sizes.Count), nameof(SizesPerStep), $"from 1 to {Sizes.Count}, the number of sizes");
        if (SizesPerStep < Sizes.Count && (SeparateNetworks || PlanStrength > 0 || DistillationWeight > 0))
        {
            var other = SeparateNetworks ? nameof(SeparateNetworks) : PlanStrength > 0 ? nameof(PlanStrength) : nameof(DistillationWeight);
            throw new ArgumentException($"{nameof(SizesPerStep)} is {SizesPerStep} of {Sizes.Count}; with {other} every step needs all sizes.", nameof(SizesPerStep));
        }

        Require(LearningRate, LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), "positive and finite");
        Require(Momentum, Momentum is >= 0 and < 1, nameof(Momentum), "at least 0 and below 1");
        Require(WeightDecay, WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), "at least 0 and finite");
        Require(WarmUpShare, WarmUpShare is >= 0 and <= 0.5, nameof(WarmUpShare), "from 0 to 0.5");
        Require(LabelSmoothing, LabelSmoothing is >= 0 and < 1, nameof(LabelSmoothing), "at least 0 and below 1");
        Require(PadAndCrop, PadAndCrop >= 0 && PadAndCrop < Math.Min(Largest.Height, Largest.Width), nameof(PadAndCrop), $"at least 0 and below the sides of the largest size, {Largest}");
        Require(Colors.Brightness, Colors.Brightness is >= 0 and <= 1, $"{nameof(Colors)}.{nameof(Colors.Brightness)}", "from 0 to 1");
        Require(Colors.Contrast, Colors.Contrast is >= 0 and <= 1, $"{nameof(Colors)}.{nameof(Colors.Contrast)}", "from 0 to 1");
        Require(Colors.Saturation, Colors.Saturation is >= 0 and <= 1, $"{nameof(Colors)}.{nameof(Colors.Saturation)}", "from 0 to 1");
        Require(DistillationWeight, DistillationWeight >= 0 && double.IsFinite(DistillationWeight), nameof(DistillationWeight), "at least 0 and finite");
        Require(HeldBackFraction, HeldBackFraction is >= 0 and <= 0.5, nameof(HeldBackFraction), "from 0 to 0.5");
        Require(Threads, Threads is null or (>= 1 and <= 1024), nameof(Threads), "from 1 to 1024");
        Require(Device, Enum.IsDefined(Device), nameof(Device), $"{TrainingDevice.Cpu} or {TrainingDevice.Gpu}");
        Require(CheckpointInterval, CheckpointInterval >= 1, nameof(CheckpointInterval), "at least 1");
        ValidatePlan();
        Objective.Validate(this);
    }

    private void ValidatePlan()
    {
        Require(
            PlanStrength, PlanStrength is >= 0 and <= GreatestPlanStrength, nameof(PlanStrength), $"from 0 to {GreatestPlanStrength}: a plan sees the labels, and beyond that it takes accuracy");
        if (PlanPrior is not null && PlanStrength == 0)
        {
            throw new ArgumentException($"{nameof(PlanPrior)} is given, but {nameof(PlanStrength)} is 0, so there is no plan.", nameof(PlanPrior));
        }

        if (PlanPrior?.ToForm().Kind == nameof(RoutingPrior.BudgetOnly))
        {
            throw new ArgumentException(
                $"{nameof(PlanPrior)} is {nameof(RoutingPrior)}.{nameof(RoutingPrior.BudgetOnly)}, which does not say what share a size has; expected " +
                $"{nameof(RoutingPrior.Budget)} or {nameof(RoutingPrior.Explicit)}.",
                nameof(PlanPrior));
        }

        if (PlanPrior?.RouteCount is { } count && count != Sizes.Count)
        {
            throw new ArgumentException($"{nameof(PlanPrior)} has {count} numbers; there are {Sizes.Count} sizes: {string.Join(", ", Sizes)}.", nameof(PlanPrior));
        }

        if (PlanBudget is not null)
        {
            var least = Sizes.Min(s => (double)s.Height * s.Width) / ((double)Largest.Height * Largest.Width);
            Require(PlanBudget, PlanBudget >= least && PlanBudget <= 1, nameof(PlanBudget), $"from {least:G3}, the cost of the smallest size, to 1");
        }
    }

    private static void Require<T>(T value, bool isAllowed, string name, string allowed)
    {
        if (!isAllowed)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be {allowed}.");
        }
    }
}
