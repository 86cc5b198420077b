namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>Tells how far a training is, and how long the rest will take.</summary>
/// <param name="options">Who is told.</param>
/// <param name="stepsOfEpoch">Steps of an epoch.</param>
internal sealed class TrainingClock(TrainingOptions options, int stepsOfEpoch)
{
    private TimeSpan _spent;
    private long _images;

    /// <summary>Counts a step.</summary>
    /// <param name="images">Its images.</param>
    /// <param name="time">Time that it took.</param>
    public void Count(int images, TimeSpan time)
    {
        _images += images;
        _spent += time;
    }

    /// <summary>Reports a step.</summary>
    public void Report(TrainingState state, double loss)
    {
        var ofEpoch = (long)stepsOfEpoch * options.BatchSize;
        var done = (state.Epoch * ofEpoch) + ((long)state.Step * options.BatchSize);
        var total = options.Epochs * ofEpoch;
        var rate = _images / Math.Max(1e-9, _spent.TotalSeconds);
        options.Progress?.Report(new TrainingProgress(
            Math.Min(state.Epoch + 1, options.Epochs), options.Epochs, done, total, loss, state.Epochs.LastOrDefault(), rate, rate > 0 ? TimeSpan.FromSeconds((total - done) / rate) : null));
    }
}
