namespace Microsoft.ML.OtdRouting;

/// <summary>When a <see cref="RoutingGate"/> closes a batch, and how many images may wait at it.</summary>
/// <remarks>
/// A gate holds <see cref="Capacity"/> + <see cref="MaxBatch"/> images at the largest resolution at most, 12 bytes a pixel each: 0.6 MB at 224 x 224.
/// </remarks>
public sealed class GateOptions
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <summary>Images that are routed together, at most; at least 1. Default 32.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int MaxBatch
    {
        get;
        set => field = AtLeastOne(value, nameof(MaxBatch));
    } = 32;

    /// <summary>
    /// How long a free gate waits for others when it has the first image of a batch; from 0, which takes only what waits already, to a minute. A batch that is full
    /// waits no longer. Default 0: while a batch is routed, those that come make the next one, so that batches grow with the load by themselves.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is out of range.</exception>
    public TimeSpan MaxDelay
    {
        get;
        set => field = value >= TimeSpan.Zero && value <= LongestDelay
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxDelay), value, $"{nameof(MaxDelay)} is {value}; it must be from 0 to {LongestDelay}.");
    }

    /// <summary>
    /// Images that have come in and are in no batch yet, at most; at least 1. Further callers wait for room, or are refused
    /// (<see cref="RoutingGate.TryRoute(string, out Task{RoutedImage}?, CancellationToken)"/>). Default 256.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public int Capacity
    {
        get;
        set => field = AtLeastOne(value, nameof(Capacity));
    } = 256;

    /// <summary>What image files are accepted, and how they are decoded. Null, the default, for the options that the router was fitted with.</summary>
    public ImageDecodingOptions? Decoding { get; set; }

    internal GateOptions Clone()
    {
        var copy = (GateOptions)MemberwiseClone();
        copy.Decoding = Decoding?.Clone();
        return copy;
    }

    private static int AtLeastOne(int value, string name) => value >= 1
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be at least 1.");
}
