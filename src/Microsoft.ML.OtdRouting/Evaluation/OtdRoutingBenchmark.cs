namespace Microsoft.ML.OtdRouting;

/// <summary>
/// Throughput of a router beside that of its resolutions, in turns on the same images. They are in memory at the largest resolution, but for
/// <see cref="FromFiles"/>. Times are medians over rounds.
/// </summary>
public sealed record OtdRoutingBenchmark
{
    /// <summary>Images that were timed.</summary>
    public required long Rows { get; init; }

    /// <summary>Batches that run side by side.</summary>
    public required int ConcurrentRuns { get; init; }

    /// <summary>Images a second of the routed pipeline: a cursor that reads scores, routes and costs.</summary>
    public required double RoutedImagesPerSecond { get; init; }

    /// <summary>Every resolution alone at its best batch, in ascending order of cost.</summary>
    public required IReadOnlyList<BenchmarkedResolution> Resolutions { get; init; }

    /// <summary>Images a second of the most expensive resolution when images are scored one by one.</summary>
    public required double OneByOneImagesPerSecond { get; init; }

    /// <summary>Mean cost of an image, in the router's unit of cost.</summary>
    public required double MeanCost { get; init; }

    /// <summary>Share of the images that each resolution scores.</summary>
    public required IReadOnlyList<double> ResolutionShares { get; init; }

    /// <summary>
    /// Throughput over what it could be at most if every resolution took its share of the images at its best batch, with batches side by side, and nothing else
    /// took time.
    /// </summary>
    public required double OfTimeLimit { get; init; }

    /// <summary>
    /// The same with the time that a batch takes which runs alone, and as many batches side by side as there are: threads that share caches and memory reach less
    /// than this without any router.
    /// </summary>
    public required double OfProcessorLimit { get; init; }

    /// <summary>Throughput over what it would be if time followed cost, from the most expensive resolution at its best batch.</summary>
    public required double OfFlopsLimit { get; init; }

    /// <summary>Time of features, predicted losses and choice of routes an image, as a part of the most expensive resolution's time on one thread.</summary>
    public required double PolicyShare { get; init; }

    /// <summary>Time of pooling the predictions an image, as a part of that time.</summary>
    public required double PoolingShare { get; init; }

    /// <summary>Time of resizing an image, as a part of that time.</summary>
    public required double ResizingShare { get; init; }

    /// <summary>From the file to the answer; null where the images are no paths of files.</summary>
    public OtdFileBenchmark? FromFiles { get; init; }
}
