namespace Microsoft.ML.OtdRouting.Training;

/// <summary>How a detector's predictions are given to the objects of an image while it is trained.</summary>
public enum DetectionAssignment
{
    /// <summary>By optimal transport from objects and background to predictions, solved by this library (Ge et al. 2021, "OTA").</summary>
    OptimalTransport,

    /// <summary>To every object those that cost it least ("SimOTA" in Ge et al. 2021, "YOLOX").</summary>
    Cheapest,

    /// <summary>By place alone: cells stand for squares of four strides, which an object must overlap with an IoU of one half.</summary>
    FixedOverlap,
}
