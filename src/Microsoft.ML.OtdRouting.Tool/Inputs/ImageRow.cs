namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>An image as ML.NET reads it.</summary>
internal sealed class ImageRow
{
    public string ImagePath { get; set; } = "";

    /// <summary>A key: the label's place among the classes, counted from 1; 0 where there is no label.</summary>
    public uint Label { get; set; }
}
