namespace Microsoft.ML.OtdRouting;

/// <summary>An image with the objects in it, as <see cref="DetectionAnnotations"/> reads them: a row of data for <c>LoadFromEnumerable</c>.</summary>
public sealed class AnnotatedImage
{
    /// <summary>Path of the image.</summary>
    public string Image { get; set; } = "";

    /// <summary>Names of the objects' classes; <c>Conversion.MapValueToKey</c> makes keys of them.</summary>
    public string[] Label { get; set; } = [];

    /// <summary>Boxes of the objects: x0, y0, x1, y1 of each, in pixels of the upright image.</summary>
    public float[] BoundingBoxes { get; set; } = [];

    /// <summary>How each object counts: 0 fully, 1 not (<c>difficult</c>), 2 not, and it is many in one box (<c>iscrowd</c>).</summary>
    public float[] Ignored { get; set; } = [];
}
