namespace FashionData;

/// <summary>A picture on disk and its class.</summary>
public sealed class FashionPicture
{
    /// <summary>Path of the PNG file.</summary>
    public string Path { get; set; } = "";

    /// <summary>Name of the class; empty where it is not known.</summary>
    public string Label { get; set; } = "";
}
