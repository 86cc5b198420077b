using Microsoft.ML.AutoML;
using Microsoft.ML.OtdRouting.AutoML;

namespace SearchedRouter;

/// <summary>Prints a line for every trial.</summary>
public sealed class TrialLines : IMonitor
{
    /// <inheritdoc/>
    public void ReportRunningTrial(TrialSettings settings)
    {
    }

    /// <inheritdoc/>
    public void ReportCompletedTrial(TrialResult result)
    {
        var option = result.TrialSettings.Parameter[OtdRouterTrialRunner.ParameterName].AsType<OtdRouterOption>();
        var outcome = result.Loss < OtdRouterTrialRunner.InfeasibleLoss ? $"{result.Metric,8:P2}" : "  dearer";
        Console.WriteLine(
            $"{result.TrialSettings.TrialId,5} {outcome} {result.DurationInMilliseconds,6:F0} ms  {(option.Resolutions.Length > 0 ? option.Resolutions : "all"),-12} {option.Loss,-14} " +
            $"at most {(option.MaxRouteSize > 0 ? option.MaxRouteSize : "any"),-3}  {option.FoldCount,2} folds  {(option.PruneRoutes ? "pruned" : "not pruned")}");
    }

    /// <inheritdoc/>
    public void ReportBestTrial(TrialResult result)
    {
    }

    /// <inheritdoc/>
    public void ReportFailTrial(TrialSettings settings, Exception? exception = null) => Console.WriteLine($"{settings.TrialId,5} failed: {exception?.Message}");
}
