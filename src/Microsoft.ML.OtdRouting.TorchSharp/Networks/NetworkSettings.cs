namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network is made for.</summary>
/// <param name="Sizes">Sizes of its input, ascending; at least one.</param>
/// <param name="Classes">Number of classes; at least 2.</param>
/// <param name="Width">Channels of the first stage, or numbers of a token, as <see cref="TrainingOptions.Width"/> has it; null for the backbone's own.</param>
/// <param name="Mean">Mean of red, green and blue of the training images, 0..255.</param>
/// <param name="StandardDeviation">Their standard deviations, at least 1.</param>
public sealed record NetworkSettings(
    IReadOnlyList<InputSize> Sizes, int Classes, int? Width, IReadOnlyList<float> Mean, IReadOnlyList<float> StandardDeviation);
