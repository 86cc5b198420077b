namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>An image and the objects in it, as ML.NET reads them.</summary>
internal sealed class BoxRow
{
    public string ImagePath { get; set; } = "";

    /// <summary>Keys of the classes, counted from 1.</summary>
    public uint[] Label { get; set; } = [];

    public float[] BoundingBoxes { get; set; } = [];

    public float[] Ignored { get; set; } = [];
}
