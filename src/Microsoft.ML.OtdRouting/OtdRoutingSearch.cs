namespace Microsoft.ML.OtdRouting;

/// <summary>What a search has tried, and the router that it has taken.</summary>
/// <param name="Router">The router of <see cref="Best"/>, as it was tried; owns ONNX Runtime sessions, those of resolutions that it never uses among them: dispose it when done.</param>
/// <param name="Trials">All trials in their order; the first has the given options.</param>
/// <param name="BestIndex">Index of the trial that was taken: 0 where none is better beyond what looking at so many explains.</param>
public sealed record OtdRoutingSearch(OtdRoutingTransformer Router, IReadOnlyList<RouterTrial> Trials, int BestIndex)
{
    /// <summary>The trial that was taken.</summary>
    public RouterTrial Best => Trials[BestIndex];
}
