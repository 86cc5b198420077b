namespace Microsoft.ML.OtdRouting;

/// <summary>Throughput of a resolution that scores every image.</summary>
/// <param name="Name">Name of the resolution.</param>
/// <param name="BestBatch">Images in one run, at which an image takes least.</param>
/// <param name="ImagesPerSecond">Images a second in such batches, resizing included, with as many batches side by side as the router runs.</param>
/// <param name="Milliseconds">Milliseconds of an image in such batches, one batch after another.</param>
public sealed record BenchmarkedResolution(string Name, int BestBatch, double ImagesPerSecond, double Milliseconds);
