using Microsoft.ML.OtdRouting.Training;

namespace TrainDepth;

/// <summary>Prints a line after every epoch.</summary>
/// <param name="right">What is right of an image, in a word or two.</param>
public sealed class TrainingLines(string right) : IProgress<TrainingProgress>
{
    private int _told;

    /// <inheritdoc/>
    public void Report(TrainingProgress value)
    {
        if (value.LastEpoch is { } epoch && epoch.Epoch > _told)
        {
            _told = epoch.Epoch;
            Console.WriteLine(
                $"epoch {epoch.Epoch}: loss {epoch.Loss:F4}; on pictures kept back loss {string.Join(", ", epoch.HeldBackLoss.Select(l => $"{l:F4}"))}, " +
                $"{right} {string.Join(", ", epoch.HeldBackAccuracy.Select(a => $"{a:P1}"))}");
        }
    }
}
