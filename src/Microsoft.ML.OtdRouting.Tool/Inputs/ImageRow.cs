namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>An image as ML.NET reads it.</summary>
internal sealed class ImageRow
{
    public string ImagePath { get; set; } = "";

    /// <summary>The label's place among the classes, counted from 0, which ML.NET makes a key of; what is no place becomes a missing key.</summary>
    public uint Label { get; set; } = uint.MaxValue;
}
