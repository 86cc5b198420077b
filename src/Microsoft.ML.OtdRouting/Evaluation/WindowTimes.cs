using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What a benchmark measured on one window of images, in ticks.</summary>
/// <param name="Routed">The routed pipeline, without reading its input.</param>
/// <param name="Parts">Where that time went.</param>
/// <param name="Resolutions">Every resolution alone, on all images of the window.</param>
/// <param name="OneByOne">The most expensive resolution on one image.</param>
internal sealed record WindowTimes(long Routed, ScoringClock Parts, long[] Resolutions, double OneByOne);
