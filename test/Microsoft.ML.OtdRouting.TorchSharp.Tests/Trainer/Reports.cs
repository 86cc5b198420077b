namespace Microsoft.ML.OtdRouting.Training.Tests.Trainer;

/// <summary>Keeps every report, at once and on the thread that makes it.</summary>
internal sealed class Reports(Action<TrainingProgress>? then = null) : IProgress<TrainingProgress>
{
    public List<TrainingProgress> All { get; } = [];

    public void Report(TrainingProgress value)
    {
        All.Add(value);
        then?.Invoke(value);
    }
}
