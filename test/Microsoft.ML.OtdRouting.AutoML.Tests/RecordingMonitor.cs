using Microsoft.ML.AutoML;

namespace Microsoft.ML.OtdRouting.AutoML.Tests;

/// <summary>Keeps what an experiment tells.</summary>
internal sealed class RecordingMonitor : IMonitor
{
    public List<TrialResult> Completed { get; } = [];

    public List<TrialResult> Best { get; } = [];

    public List<Exception> Failed { get; } = [];

    /// <summary>Is called when a trial begins, with its number.</summary>
    public Action<int> Running { get; set; } = _ => { };

    /// <summary>Is called when a trial has ended.</summary>
    public Action<TrialResult> Ended { get; set; } = _ => { };

    public void ReportRunningTrial(TrialSettings settings) => Running(settings.TrialId);

    public void ReportCompletedTrial(TrialResult result)
    {
        Completed.Add(result);
        Ended(result);
    }

    public void ReportBestTrial(TrialResult result) => Best.Add(result);

    public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Failed.Add(exception!);
}
