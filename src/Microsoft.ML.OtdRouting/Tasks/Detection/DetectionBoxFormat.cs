namespace Microsoft.ML.OtdRouting;

/// <summary>What the four numbers of a predicted box are.</summary>
public enum DetectionBoxFormat
{
    /// <summary>Left, top, right, bottom, in pixels of the model's input.</summary>
    Corners,

    /// <summary>Centre and size: x, y, width, height, in pixels of the model's input.</summary>
    CentreSize,

    /// <summary>
    /// Of grids, not decoded, as YOLOX exports them: the centre from the cell's corner, in cells, and the logarithms of width and height in cells.
    /// </summary>
    GridOffsets,

    /// <summary>Of grids, not decoded: the distances from the cell's centre to the left, top, right and bottom edge, in cells.</summary>
    GridDistances,
}
