using Microsoft.ML.OtdRouting;

namespace RoutingService;

/// <summary>What the service says about an image.</summary>
/// <param name="Class">The most probable class.</param>
/// <param name="Probability">Its probability.</param>
/// <param name="Route">Resolutions that scored the image, such as <c>10+20</c>.</param>
/// <param name="Cost">What that cost, in the unit of the budget.</param>
public sealed record ImagePrediction(string Class, float Probability, string Route, double Cost)
{
    /// <summary>Of an image that has an answer.</summary>
    public static ImagePrediction Of(RoutedImage image) => new(image.Prediction!, image.Answer.Max(), image.Route!.Name, image.Cost);
}
