using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Quality.Features;

/// <summary>A task with images that were scored once, and the features of its first look.</summary>
/// <param name="Title">What is measured.</param>
/// <param name="Measure">Name of the measure, in percent.</param>
/// <param name="IsError">Whether the measure is one less the quality.</param>
/// <param name="Task">The task, not settled.</param>
/// <param name="Scorers">The resolutions; the set owns them.</param>
/// <param name="Rows">What they say about the images.</param>
/// <param name="Groups">The features, by groups; one may be part of another.</param>
internal sealed record FeatureSet(
    string Title, string Measure, bool IsError, BoundTask Task, ScorerSet Scorers, Observations Rows, IReadOnlyList<FeatureGroup> Groups) : IDisposable
{
    public void Dispose() => Scorers.Dispose();
}
