namespace Microsoft.ML.OtdRouting;

/// <summary>What one image costs at a resolution, counted and measured on this machine.</summary>
/// <param name="Description">The model at its resolution.</param>
/// <param name="MillisecondsBatch1">Milliseconds of an image that is scored by itself, resizing included.</param>
/// <param name="MillisecondsBest">Milliseconds an image at the best batch, resizing included.</param>
/// <param name="BestBatch">The batch, of powers of two up to the largest allowed, at which an image takes least.</param>
public sealed record ResolutionProfile(ResolutionDescription Description, double MillisecondsBatch1, double MillisecondsBest, int BestBatch);
