namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>What an image column holds.</summary>
internal enum ImageForm
{
    /// <summary>Images of any size.</summary>
    Images,

    /// <summary>Planar RGB floats at the largest resolution.</summary>
    Vectors,

    /// <summary>Paths of image files, which are decoded when they are read.</summary>
    Paths,

    /// <summary>Bytes of image files, which are decoded when they are read.</summary>
    Encoded,
}
