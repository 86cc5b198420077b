namespace RoutingService;

/// <summary>One file of a request with several: its prediction, or what is wrong with it.</summary>
/// <param name="File">Name that the client gave.</param>
/// <param name="Prediction">The prediction; null for a bad image.</param>
/// <param name="Error">What is wrong with the image; null for a good one.</param>
public sealed record BatchItem(string File, ImagePrediction? Prediction, string? Error);
