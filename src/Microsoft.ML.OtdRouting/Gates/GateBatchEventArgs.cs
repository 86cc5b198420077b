namespace Microsoft.ML.OtdRouting;

/// <summary>A batch that a <see cref="RoutingGate"/> has routed.</summary>
public sealed class GateBatchEventArgs : EventArgs
{
    internal GateBatchEventArgs(int count, IReadOnlyList<RoutedImage> answered) => (Count, Answered) = (count, answered);

    /// <summary>Images of the batch.</summary>
    public int Count { get; }

    /// <summary>Those that have an answer, in the order in which they came in.</summary>
    public IReadOnlyList<RoutedImage> Answered { get; }
}
