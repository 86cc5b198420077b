namespace SceneParts;

/// <summary>How two colours take turns on a surface.</summary>
public enum TexturePattern
{
    /// <summary>The first alone.</summary>
    Plain,

    /// <summary>Fields.</summary>
    Checkered,

    /// <summary>Slanted stripes.</summary>
    Striped,

    /// <summary>Lumps.</summary>
    Noisy,
}
