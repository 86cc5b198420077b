namespace Microsoft.ML.OtdRouting;

/// <summary>Throughput from the file to the answer, in turns on the same files. Rates are medians over rounds.</summary>
public sealed class OtdFileBenchmark
{
    /// <summary>Files of a round.</summary>
    public required int Rows { get; init; }

    /// <summary>Images a second of the router, files and decoding included.</summary>
    public required double RoutedImagesPerSecond { get; init; }

    /// <summary>Images a second that are decoded and brought to the largest resolution when all threads (<see cref="OtdRoutingBenchmark.ConcurrentRuns"/>) do nothing else.</summary>
    public required double DecodedImagesPerSecond { get; init; }

    /// <summary>
    /// Throughput over that of a perfect overlap: all threads decode and score without ever waiting, each image for the time that it takes where all do nothing but
    /// decode, and nothing but score at the best batches of its resolutions.
    /// </summary>
    public required double OfOverlapLimit { get; init; }

    /// <summary>Images a second of the largest resolution in a loop by hand: the same decoder, its best batch, decoding and scoring on all threads.</summary>
    public required double LargestByHandImagesPerSecond { get; init; }

    /// <summary>
    /// Images a second of the largest resolution in a pipeline of ML.NET's own transformers: <c>LoadImages</c>, <c>ResizeImages</c>, <c>ExtractPixels</c>,
    /// <c>ApplyOnnxModel</c>. Null where the images are no paths, or the model takes another form than planar single floats.
    /// </summary>
    public required double? PlainImagesPerSecond { get; init; }

    /// <summary>Share of decoding in the time that an image takes all threads together in a perfect overlap: above one half decoding bounds the throughput, below it the models do.</summary>
    public required double DecodingShare { get; init; }
}
