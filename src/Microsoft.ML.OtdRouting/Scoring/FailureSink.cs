namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Takes what a resolution cannot say about an image of a window. Returns where the image is to be left out, and throws where that ends the work.</summary>
/// <param name="resolution">The resolution.</param>
/// <param name="slot">The image.</param>
/// <param name="problem">Names the model, and what it did: failed, or gave a number that is none.</param>
/// <param name="cause">What the model threw; null where it gave numbers that are none.</param>
internal delegate void FailureSink(int resolution, int slot, string problem, Exception? cause);
