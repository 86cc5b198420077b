namespace Microsoft.ML.AutoML;

/// <summary>How an experiment ends.</summary>
public abstract class ExperimentSettings
{
    public ExperimentSettings()
    {
    }

    public CancellationToken CancellationToken { get; set; }
}
