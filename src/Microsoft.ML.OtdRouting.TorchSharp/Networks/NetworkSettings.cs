namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network is made for.</summary>
/// <param name="Sizes">Sizes of its input, ascending; at least one.</param>
/// <param name="Outputs">Numbers of an answer: the classes of a classifier; where every position has an answer, numbers of each.</param>
/// <param name="Width">Channels of the first stage, or numbers of a token, as <see cref="TrainingOptions.Width"/> has it; null for the backbone's own.</param>
/// <param name="Mean">Mean of red, green and blue of the training images, 0..255.</param>
/// <param name="StandardDeviation">Their standard deviations, at least 1.</param>
public sealed record NetworkSettings(
    IReadOnlyList<InputSize> Sizes, int Outputs, int? Width, IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation)
{
    /// <summary>Where answers are cosines to proxies, what these are divided by, see <see cref="EmbeddingObjective"/>; else null.</summary>
    public double? ProxyTemperature { get; init; }
}
