namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What an adaptation made.</summary>
public sealed class AdaptationResult
{
    internal AdaptationResult(Resolution model, IReadOnlyList<AdaptedResolution> sizes, int trainingImages, int heldBackImages)
    {
        Sizes = sizes;
        Resolutions = [.. sizes.Select(s => s.Resolution), model];
        TrainingImages = trainingImages;
        HeldBackImages = heldBackImages;
    }

    /// <summary>The smaller sizes, in ascending order.</summary>
    public IReadOnlyList<AdaptedResolution> Sizes { get; }

    /// <summary>The smaller sizes and the model at its own size, in ascending order: what a router chooses from.</summary>
    public IReadOnlyList<Resolution> Resolutions { get; }

    /// <summary>Images that were trained on.</summary>
    public int TrainingImages { get; }

    /// <summary>Images that were kept back to measure on.</summary>
    public int HeldBackImages { get; }
}
