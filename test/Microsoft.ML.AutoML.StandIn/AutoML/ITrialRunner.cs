namespace Microsoft.ML.AutoML;

/// <summary>Runs one trial; an experiment disposes it after every one.</summary>
public interface ITrialRunner : IDisposable
{
    Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct);
}
