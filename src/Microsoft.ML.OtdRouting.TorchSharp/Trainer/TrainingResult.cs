namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a training made.</summary>
public sealed class TrainingResult
{
    internal TrainingResult(
        IReadOnlyList<Resolution> resolutions, IReadOnlyList<TrainedEpoch> epochs, IReadOnlyList<string> classNames, int trainingImages, IReadOnlyList<int> heldBackRows, long parameters, TimeSpan time)
    {
        Resolutions = resolutions;
        Epochs = epochs;
        ClassNames = classNames;
        TrainingImages = trainingImages;
        HeldBackRows = heldBackRows;
        Parameters = parameters;
        Time = time;
    }

    /// <summary>The files that were written, by ascending size: what a router chooses from.</summary>
    public IReadOnlyList<Resolution> Resolutions { get; }

    /// <summary>What was found after each epoch, those before a resumed checkpoint included.</summary>
    public IReadOnlyList<TrainedEpoch> Epochs { get; }

    /// <summary>Names of the classes, in the order of the logits: the values of the label's keys, or their positions where they have none.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>Images that were trained on.</summary>
    public int TrainingImages { get; }

    /// <summary>Images that were kept back to measure on.</summary>
    public int HeldBackImages => HeldBackRows.Count;

    /// <summary>Numbers that were trained, for all sizes together.</summary>
    public long Parameters { get; }

    /// <summary>Time that training took since it was started or resumed, reading included.</summary>
    public TimeSpan Time { get; }

    /// <summary>Which rows of the view were kept back, counted from 0, ascending.</summary>
    internal IReadOnlyList<int> HeldBackRows { get; }
}
