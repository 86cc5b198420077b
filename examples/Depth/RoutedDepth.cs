namespace Depth;

/// <summary>What the router says about a picture.</summary>
public sealed class RoutedDepth
{
    /// <summary>Depths in metres, row after row.</summary>
    public float[] Prediction { get; set; } = [];

    /// <summary>The route, from 1.</summary>
    public uint Route { get; set; }

    /// <summary>FLOPs.</summary>
    public float Cost { get; set; }
}
