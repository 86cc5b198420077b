namespace Microsoft.ML.OtdRouting.Training;

/// <summary>How far an adaptation is.</summary>
/// <param name="Size">Name of the size that is trained, as in <see cref="Resolution.Name"/>; null while the images are read and answered at the largest size.</param>
/// <param name="Done">Images that training has seen at this size, counted in every epoch; or images that were read.</param>
/// <param name="Total">Images that training will have seen; 0 while nobody knows how many images there are to read.</param>
/// <param name="Loss">Mean training loss of the last steps, in nats; NaN before there is one.</param>
/// <param name="HeldBack">The answers on images kept back, after the last epoch or before the first; null before that.</param>
/// <param name="ImagesPerSecond">Images read or trained on a second, at this size.</param>
/// <param name="TimeLeft">For this size and those that follow, by the number of their pixels; null while nobody knows.</param>
public sealed record AdaptationProgress(
    string? Size, int Done, int Total, double Loss, AdaptationQuality? HeldBack, double ImagesPerSecond, TimeSpan? TimeLeft);
