using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>A task with images that were scored once, and the features of its first look.</summary>
/// <param name="Title">What is measured.</param>
/// <param name="Measure">Name of the measure, in percent.</param>
/// <param name="IsError">Whether the measure is one less the quality.</param>
/// <param name="ByLoss">Whether quality is one less the loss, in place of the task's own.</param>
/// <param name="Task">The task, not settled.</param>
/// <param name="Scorers">The resolutions; the set owns them.</param>
/// <param name="Rows">What they say about the images.</param>
/// <param name="Groups">The features, by groups; one may be part of another.</param>
internal sealed record FeatureSet(
    string Title, string Measure, bool IsError, bool ByLoss, BoundTask Task, ScorerSet Scorers, Observations Rows, IReadOnlyList<FeatureGroup> Groups) : IDisposable
{
    /// <summary>The quality of routes on rows.</summary>
    public RouteTable QualityOf(RouteOutcomes outcomes) =>
        ByLoss ? new RouteTable(Array.ConvertAll(outcomes.Measured.Values, loss => 1 - loss), outcomes.Routes) : outcomes.Quality;

    /// <summary>Splits the images in halves, either of which is fitted on and the other one tested.</summary>
    /// <param name="seed">Another seed splits them otherwise.</param>
    /// <returns>The fitting rows, with the settled task; and the rows to test on, with their places among all.</returns>
    public IEnumerable<(BoundTask Task, Observations Fitting, Observations Test, int[] Places)> Halves(int seed)
    {
        var (first, second) = Rows.Split(0.5, seed);
        var isSecond = Enumerable.Range(0, Rows.Rows).ToLookup(row => new RowPlace(Rows.Fold(row), Rows.Positions[row]).Draw(seed) < 0.5);
        foreach (var (fitting, test, places) in new[] { (first, second, isSecond[true].ToArray()), (second, first, isSecond[false].ToArray()) })
        {
            var task = Task.Settle(fitting, Progress.Write, CancellationToken.None);
            task.Restate(test, Task);
            // What searches does so among the fitting images.
            (fitting.Gallery, test.Gallery) = (null, task.Searches ? fitting : null);
            yield return (task, fitting, test, places);
        }
    }

    public void Dispose() => Scorers.Dispose();
}
