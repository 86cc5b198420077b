namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What of a model is trained when it is adapted to a smaller size.</summary>
public enum AdaptedLayers
{
    /// <summary>A scale and a shift of every channel behind every convolution, and the last layer: few enough numbers for a thousand images. The default.</summary>
    ScalesAndLastLayer,

    /// <summary>The last layer alone: weight and bias of the last convolution or matrix product.</summary>
    LastLayer,

    /// <summary>Besides scales and shifts, the weights of all convolutions and matrix products.</summary>
    All,
}
