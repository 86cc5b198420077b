namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Takes what a resolution says about an image of a window.</summary>
/// <param name="resolution">The resolution.</param>
/// <param name="slot">The image.</param>
/// <param name="output">Good for the time of the call.</param>
internal delegate void OutputSink(int resolution, int slot, ImageOutput output);
