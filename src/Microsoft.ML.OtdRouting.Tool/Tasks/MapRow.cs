namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>An image and its true map, as ML.NET reads them.</summary>
internal sealed class MapRow
{
    public string ImagePath { get; set; } = "";

    public float[] Target { get; set; } = [];
}
