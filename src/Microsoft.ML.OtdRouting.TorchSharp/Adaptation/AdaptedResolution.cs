namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What became of one size.</summary>
public sealed class AdaptedResolution
{
    internal AdaptedResolution(Resolution resolution, bool isAdapted, AdaptationQuality before, AdaptationQuality after, TimeSpan time)
    {
        Resolution = resolution;
        IsAdapted = isAdapted;
        Before = before;
        After = after;
        Time = time;
    }

    /// <summary>The file that was written, at its size, with the preprocessing and the outputs of the model.</summary>
    public Resolution Resolution { get; }

    /// <summary>Whether training helped on the images kept back; if not, the file holds the model's own weights.</summary>
    public bool IsAdapted { get; }

    /// <summary>The model as it came, at this size.</summary>
    public AdaptationQuality Before { get; }

    /// <summary>After the best epoch of training, whether or not that was kept; as before where no epoch was better.</summary>
    public AdaptationQuality After { get; }

    /// <summary>Time that training took.</summary>
    public TimeSpan Time { get; }
}
