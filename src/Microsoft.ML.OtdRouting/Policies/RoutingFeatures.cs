using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting;

/// <summary>What a router knows of an image when it chooses a route.</summary>
public abstract class RoutingFeatures
{
    private RoutingFeatures()
    {
    }

    /// <summary>
    /// What the cheapest resolution says: its probabilities, their margin and entropy, and the model's embedding if it has one. The cheapest
    /// resolution scores every image, and every route contains it. The best choice where the cheapest resolution is cheap and any good.
    /// </summary>
    public static RoutingFeatures LowestResolution { get; } = new LowestResolutionChoice();

    /// <summary>
    /// A description of a small copy of the image: its grey values, colour moments and gradients. No model runs before the route is chosen,
    /// and a route need not contain the cheapest resolution. Counts as free. Knows much less of an image than a model does.
    /// </summary>
    /// <param name="size">Height and width of the small copy, from 2 to 32.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is out of range.</exception>
    public static RoutingFeatures Thumbnail(int size = 8) => size is >= 2 and <= 32
        ? new ThumbnailChoice(size)
        : throw new ArgumentOutOfRangeException(nameof(size), size, $"The size of the thumbnail is {size}; it must be from 2 to 32.");

    /// <summary>The output of a model of the user's, which runs for every image; its cost is part of every route.</summary>
    /// <param name="modelFile">Path of an ONNX model that gives one vector an image.</param>
    /// <param name="size">Height and width of the model's input.</param>
    /// <exception cref="ArgumentException"><paramref name="modelFile"/> is empty.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="size"/> is below 1.</exception>
    public static RoutingFeatures Onnx(string modelFile, int size) => Onnx(new Resolution(modelFile, size));

    /// <summary>The output of a model of the user's, which runs for every image; its cost is part of every route.</summary>
    /// <param name="model">The model, with the size, preprocessing and names of its tensors; the output holds one vector an image.</param>
    public static RoutingFeatures Onnx(Resolution model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new OnnxChoice(model);
    }

    /// <summary>A column of the data that holds float vectors of one known size. It is read for every image and counts as free.</summary>
    /// <param name="name">Name of the column.</param>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty.</exception>
    public static RoutingFeatures Column(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        return new ColumnChoice(name);
    }

    /// <summary>The model to open besides the scorers; null for none.</summary>
    internal virtual Resolution? Model => null;

    /// <summary>The column to read besides the image; null for none.</summary>
    internal virtual string? ColumnName => null;

    /// <summary>Makes the extractor.</summary>
    /// <param name="scorers">All open models, that of the features included.</param>
    /// <param name="columnLength">Length of the vectors of <see cref="ColumnName"/>; 0 without one.</param>
    internal abstract FeatureExtractor CreateExtractor(ScorerSet scorers, int columnLength);

    private sealed class LowestResolutionChoice : RoutingFeatures
    {
        public override string ToString() => "lowest resolution";

        internal override FeatureExtractor CreateExtractor(ScorerSet scorers, int columnLength) => new LowestResolutionFeatures(scorers.Scorers[0]);
    }

    private sealed class ThumbnailChoice(int size) : RoutingFeatures
    {
        public override string ToString() => $"thumbnail of {size}x{size}";

        internal override FeatureExtractor CreateExtractor(ScorerSet scorers, int columnLength) =>
            new ThumbnailFeatures(scorers.ImageHeight, scorers.ImageWidth, size);
    }

    private sealed class OnnxChoice(Resolution model) : RoutingFeatures
    {
        internal override Resolution? Model => model;

        public override string ToString() => $"model {model}";

        internal override FeatureExtractor CreateExtractor(ScorerSet scorers, int columnLength) =>
            new OnnxFeatures(scorers.Scorers.Count, scorers.FeatureScorer!.ClassCount);
    }

    private sealed class ColumnChoice(string name) : RoutingFeatures
    {
        internal override string ColumnName => name;

        public override string ToString() => $"column '{name}'";

        internal override FeatureExtractor CreateExtractor(ScorerSet scorers, int columnLength) => new ColumnFeatures(columnLength);
    }
}
