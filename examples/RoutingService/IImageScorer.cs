using Microsoft.ML.Data;

namespace RoutingService;

/// <summary>Scores images together.</summary>
public interface IImageScorer
{
    /// <summary>One prediction an image, in their order. Called by one thread at a time.</summary>
    IReadOnlyList<ImagePrediction> Score(IReadOnlyList<MLImage> images);
}
