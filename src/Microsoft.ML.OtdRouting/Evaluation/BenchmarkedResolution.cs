namespace Microsoft.ML.OtdRouting;

/// <summary>Throughput of a resolution that scores every image.</summary>
/// <param name="Name">Name of the resolution.</param>
/// <param name="BestBatch">Images in one run, at which an image takes least.</param>
/// <param name="ImagesPerSecond">Images a second in such batches, resizing included.</param>
public sealed record BenchmarkedResolution(string Name, int BestBatch, double ImagesPerSecond);
