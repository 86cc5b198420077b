namespace Microsoft.ML.OtdRouting.Tests.Pictures;

/// <summary>A picture on disk and its class.</summary>
public sealed class FashionPicture
{
    public string Path { get; set; } = "";

    public string Label { get; set; } = "";
}
