namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>How far a training is, beside what the network and its optimiser hold.</summary>
internal sealed class TrainingState
{
    /// <summary>The epoch that is trained, counted from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps of it that were made.</summary>
    public int Step { get; set; }

    /// <summary>Sum of the losses of these steps.</summary>
    public double LossSum { get; set; }

    /// <summary>What was found after each epoch.</summary>
    public List<TrainedEpoch> Epochs { get; } = [];
}
