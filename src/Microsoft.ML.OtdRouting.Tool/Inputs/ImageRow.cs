namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>An image as ML.NET reads it.</summary>
internal sealed class ImageRow
{
    public string ImagePath { get; set; } = "";

    public string LabelName { get; set; } = "";
}
