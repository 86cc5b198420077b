namespace Microsoft.ML.AutoML;

/// <summary>What has come of a trial; less loss is better.</summary>
public class TrialResult
{
    public TrialSettings TrialSettings { get; set; } = null!;

    public ITransformer Model { get; set; } = null!;

    public double Loss { get; set; }

    public double Metric { get; set; }

    public double DurationInMilliseconds { get; set; }
}
