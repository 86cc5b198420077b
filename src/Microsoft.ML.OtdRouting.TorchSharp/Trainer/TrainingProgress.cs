namespace Microsoft.ML.OtdRouting.Training;

/// <summary>How far a training is.</summary>
/// <param name="Epoch">Epoch that is trained, counted from 1; 0 while images are read.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Done">Images that training has seen in all epochs, those before a resumed checkpoint included; or images that were read.</param>
/// <param name="Total">Images that training will have seen; 0 while nobody knows how many images there are to read.</param>
/// <param name="Loss">Mean training loss of the last steps, in nats; NaN before there is one.</param>
/// <param name="LastEpoch">What was found after the last epoch; null before the first.</param>
/// <param name="ImagesPerSecond">Images trained on a second, each at all sizes; or images read.</param>
/// <param name="TimeLeft">For the epochs that follow, without measuring and writing; null while nobody knows.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, long Done, long Total, double Loss, TrainedEpoch? LastEpoch, double ImagesPerSecond, TimeSpan? TimeLeft);
