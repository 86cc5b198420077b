namespace RoutingService;

/// <summary>What the service says about an image.</summary>
/// <param name="Class">The most probable class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Route">Resolutions that scored the image, such as <c>10+20</c>.</param>
/// <param name="Cost">What that cost, in the unit of the budget.</param>
public sealed record ImagePrediction(string Class, float Probability, string Route, float Cost);
