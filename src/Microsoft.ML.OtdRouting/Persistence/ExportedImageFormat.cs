namespace Microsoft.ML.OtdRouting;

/// <summary>Form of the image that an exported graph takes.</summary>
public enum ExportedImageFormat
{
    /// <summary>Floats 0..255, planar RGB: <c>[1, 3, height, width]</c>.</summary>
    PlanarFloat,

    /// <summary>Bytes, interleaved RGB: <c>[1, height, width, 3]</c>.</summary>
    InterleavedByte,
}
