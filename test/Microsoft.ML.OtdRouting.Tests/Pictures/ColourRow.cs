using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>A small coloured picture as a vector (planar RGB), with a value of every kind that a router must pass through.</summary>
public sealed class ColourRow
{
    [VectorType(3 * ColourPictures.Side * ColourPictures.Side)]
    public float[] Image { get; set; } = [];

    public string Label { get; set; } = "";

    public string Name { get; set; } = "";

    public int Number { get; set; }

    public bool IsEven { get; set; }

    public double Fraction { get; set; }

    public DateTime Day { get; set; }

    public float[] Ragged { get; set; } = [];

    [VectorType(2)]
    public string[] Words { get; set; } = [];

    [KeyType(7)]
    public byte Weekday { get; set; }

    public float Weight { get; set; } = 1;
}

/// <summary>The same picture as an image.</summary>
public sealed class ColourImageRow
{
    [ImageType(ColourPictures.Side, ColourPictures.Side)]
    public MLImage? Image { get; set; }

    public string Label { get; set; } = "";

    public string Name { get; set; } = "";
}
