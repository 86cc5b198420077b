using System.ComponentModel.DataAnnotations;

namespace RoutingService;

/// <summary>How images of several requests are scored together.</summary>
public sealed class BatchingSettings
{
    /// <summary>Images that are scored together, at most.</summary>
    [Range(1, 1024)]
    public int MaxBatch { get; set; } = 32;

    /// <summary>How long an image waits for others.</summary>
    [Range(0, 1000)]
    public int MaxDelayMilliseconds { get; set; } = 2;

    /// <summary>Images that wait, at most.</summary>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 256;
}
