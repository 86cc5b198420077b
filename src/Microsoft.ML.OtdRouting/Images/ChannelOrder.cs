namespace Microsoft.ML.OtdRouting;

/// <summary>Order of the colour channels in a model's input.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue.</summary>
    Rgb,

    /// <summary>Blue, green, red.</summary>
    Bgr,
}
