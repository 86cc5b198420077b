using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What a benchmark measured in one round, in ticks.</summary>
/// <param name="Routed">The routed pipeline.</param>
/// <param name="Parts">Where that time went, over all threads.</param>
/// <param name="Alone">Every resolution on a window of images, one batch after another.</param>
/// <param name="Together">The same with batches side by side.</param>
/// <param name="OneByOne">The most expensive resolution on one image.</param>
internal sealed record RoundTimes(long Routed, ScoringClock Parts, long[] Alone, long[] Together, double OneByOne);
