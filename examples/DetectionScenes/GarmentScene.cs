using Microsoft.ML.Data;

namespace DetectionScenes;

/// <summary>A picture with garments in it, and where they are: a row of data.</summary>
public sealed class GarmentScene
{
    /// <summary>Height and width of the picture.</summary>
    public const int Side = 160;

    /// <summary>Planes of red, green and blue, whole numbers from 0 to 255.</summary>
    public float[] Image { get; set; } = [];

    /// <summary>Names of the garments' classes, in the order in which they were drawn: later ones cover earlier ones.</summary>
    public string[] Label { get; set; } = [];

    /// <summary>Boxes of the garments: x0, y0, x1, y1 of each, in pixels. What others cover of a garment is in its box.</summary>
    public float[] BoundingBoxes { get; set; } = [];

    /// <summary>The columns, with the length of the image.</summary>
    public static SchemaDefinition Columns()
    {
        var columns = SchemaDefinition.Create(typeof(GarmentScene));
        columns[nameof(Image)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * Side * Side);
        return columns;
    }
}
