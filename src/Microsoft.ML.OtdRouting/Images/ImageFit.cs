namespace Microsoft.ML.OtdRouting;

/// <summary>How an image whose size differs from the largest resolution is brought to it.</summary>
public enum ImageFit
{
    /// <summary>The largest centred part with the right aspect ratio is resized; the rest is cut off.</summary>
    CenterCrop,

    /// <summary>The whole image is resized, whatever its aspect ratio.</summary>
    Stretch,

    /// <summary>The whole image is resized with its aspect ratio and centred; what is left of the target is grey (114), as detectors are trained.</summary>
    Letterbox,
}
