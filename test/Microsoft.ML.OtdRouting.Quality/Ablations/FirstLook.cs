namespace Microsoft.ML.OtdRouting.Quality.Ablations;

/// <summary>What a router knows of an image when it chooses a route.</summary>
internal enum FirstLook
{
    /// <summary>What the cheapest resolution says, which is part of every route.</summary>
    CheapestResolution,

    /// <summary>A thumbnail, which is free; any set of resolutions is a route.</summary>
    Thumbnail,

    /// <summary>What a model of its own says (the cheapest resolution once more), whose cost is part of every route; any set of resolutions is a route.</summary>
    OwnModel,
}
