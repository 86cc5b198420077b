using Microsoft.ML.OtdRouting.Training;

namespace TrainDepth;

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
                $"epoch {epoch.Epoch}: loss {epoch.Loss:F4}; on pictures kept back loss {string.Join(", ", epoch.HeldBackLoss.Select(l => $"{l:F4}"))}, " +
                $"delta < 1.25 {string.Join(", ", epoch.HeldBackAccuracy.Select(a => $"{a:P1}"))}");
        }
    }
}
