using System.ComponentModel.DataAnnotations;

namespace RoutingService;

/// <summary>How images of several requests are scored together.</summary>
public sealed class BatchingSettings
{
    /// <summary>Images that are scored together, at most.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>How long the first image of a batch waits for others; 0 takes what came while the last batch was scored.</summary>
    [Range(0, 1000)]
    public int MaxDelayMilliseconds { get; set; }

    /// <summary>Images that wait, at most.</summary>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 256;
}
