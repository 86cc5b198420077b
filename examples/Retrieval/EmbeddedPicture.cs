namespace Retrieval;

/// <summary>What a picture is searched by.</summary>
public sealed class EmbeddedPicture
{
    /// <summary>Path of the PNG file.</summary>
    public string Path { get; set; } = "";

    /// <summary>Name of the class.</summary>
    public string Label { get; set; } = "";

    /// <summary>The embedding.</summary>
    public float[] Embedding { get; set; } = [];

    /// <summary>The route that it took, from 1; 0 for pictures of the gallery, which take none.</summary>
    public uint Route { get; set; }
}
