namespace TrainRouter;

/// <summary>A picture and its class.</summary>
public sealed class Picture
{
    /// <summary>Planar RGB of 28 × 28 pixels, 0..255.</summary>
    public float[] Image { get; set; } = [];

    /// <summary>Name of the class.</summary>
    public string Label { get; set; } = "";
}
