namespace DepthScenes;

/// <summary>A rendered picture and its depths.</summary>
public sealed class DepthPicture
{
    /// <summary>Height of the picture.</summary>
    public const int Height = 144;

    /// <summary>Width of the picture.</summary>
    public const int Width = 192;

    /// <summary>Height of the map of depths.</summary>
    public const int DepthHeight = Height / 2;

    /// <summary>Width of the map of depths.</summary>
    public const int DepthWidth = Width / 2;

    /// <summary>Planes of red, green and blue, whole numbers from 0 to 255.</summary>
    public float[] Image { get; set; } = [];

    /// <summary>Depths in metres at the centres of squares of two by two pixels, row after row.</summary>
    public float[] Depth { get; set; } = [];
}
