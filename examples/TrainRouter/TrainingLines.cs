using Microsoft.ML.OtdRouting.Training;

namespace TrainRouter;

/// <summary>Prints a line after every epoch.</summary>
public sealed class TrainingLines : IProgress<TrainingProgress>
{
    private int _told;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.LastEpoch is { } epoch && epoch.Epoch > _told)
        {
            _told = epoch.Epoch;
            Console.WriteLine(
                $"Epoch {epoch.Epoch,2} of {value.Epochs}: loss {epoch.Loss:F3}, kept back {string.Join(" / ", epoch.HeldBackAccuracy.Select(a => $"{a:P1}"))}, " +
                $"{value.ImagesPerSecond:F0} images/s, {value.TimeLeft:hh\\:mm\\:ss} left");
        }
    }
}
