namespace Detection;

/// <summary>What the router says about a picture.</summary>
public sealed class RoutedScene
{
    /// <summary>Names of the classes, by falling score.</summary>
    public string[] Name { get; set; } = [];

    /// <summary>Boxes: x0, y0, x1, y1 of each, in pixels.</summary>
    public float[] PredictedBoundingBoxes { get; set; } = [];

    /// <summary>Scores, falling.</summary>
    public float[] Score { get; set; } = [];

    /// <summary>The route, from 1.</summary>
    public uint Route { get; set; }

    /// <summary>FLOPs.</summary>
    public float Cost { get; set; }
}
