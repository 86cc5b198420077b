namespace Microsoft.ML.OtdRouting;

/// <summary>Memory layout of a model's input.</summary>
public enum PixelLayout
{
    /// <summary>One plane a channel: <c>[batch, 3, height, width]</c>.</summary>
    Planar,

    /// <summary>The channels of a pixel beside each other: <c>[batch, height, width, 3]</c>.</summary>
    Interleaved,
}
