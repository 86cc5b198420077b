using Microsoft.ML.OtdRouting.Quality;

namespace Microsoft.ML.OtdRouting.Training.Quality;

/// <summary>Writes a line an epoch.</summary>
internal sealed class EpochLines : IProgress<TrainingProgress>
{
    private int _epoch;

    public void Report(TrainingProgress value)
    {
        if (value.Epoch > _epoch)
        {
            _epoch = value.Epoch;
            Progress.Write($"Epoch {value.Epoch} of {value.Epochs}, loss {value.Loss:0.000}.");
        }
    }
}
