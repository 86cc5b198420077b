namespace Microsoft.ML.OtdRouting.Training;

/// <summary>
/// How far the colours of training images are changed at random. Each number r is the range of a factor, drawn evenly from 1 − r to 1 + r for every image; 0 changes
/// nothing.
/// </summary>
public sealed class ColorMixing
{
    /// <summary>Range of the factor of all pixels; from 0 to 1. Default 0.</summary>
    public double Brightness { get; set; }

    /// <summary>Range of the factor of the distance to the image's mean grey; from 0 to 1. Default 0.</summary>
    public double Contrast { get; set; }

    /// <summary>Range of the factor of the distance of each pixel to its own grey; from 0 to 1. Default 0.</summary>
    public double Saturation { get; set; }

    internal bool ChangesNothing => Brightness == 0 && Contrast == 0 && Saturation == 0;

    internal ColorMixing Clone() => (ColorMixing)MemberwiseClone();
}
