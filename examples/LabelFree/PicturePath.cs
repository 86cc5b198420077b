namespace LabelFree;

/// <summary>A picture of which nothing is known.</summary>
public sealed class PicturePath
{
    /// <summary>Path of the PNG file.</summary>
    public string Path { get; set; } = "";
}
