namespace DepthScenes;

/// <summary>A lamp.</summary>
/// <param name="Place">Where it is.</param>
/// <param name="Strength">How bright it makes what is near.</param>
public readonly record struct Light(Vector Place, double Strength);
