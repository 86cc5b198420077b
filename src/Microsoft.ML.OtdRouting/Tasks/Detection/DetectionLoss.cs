using Microsoft.ML.OtdRouting.Tasks.Detection;

namespace Microsoft.ML.OtdRouting;

/// <summary>What is lost on an image by what was found in it.</summary>
public enum DetectionLoss
{
    /// <summary>The cost of the optimal transport between detections and objects, after Ge et al. 2021, "OTA: Optimal transport assignment for object detection".</summary>
    OptimalTransport,

    /// <summary>One minus the average precision of the image, IoU 0.50 to 0.95, all classes in one curve: what the primary measure is the mean of.</summary>
    AveragePrecision,
}

/// <summary>Computes the losses by their names.</summary>
internal static class DetectionLosses
{
    /// <summary>The loss.</summary>
    /// <param name="loss">Which one.</param>
    /// <param name="found">What was found, by falling score.</param>
    /// <param name="objects">What there is.</param>
    public static float Of(this DetectionLoss loss, IReadOnlyList<DetectedObject> found, IReadOnlyList<TrueObject> objects) =>
        loss == DetectionLoss.OptimalTransport ? OtaLoss.Of(found, objects) : 1 - ImagePrecision.Of(found, objects);
}
