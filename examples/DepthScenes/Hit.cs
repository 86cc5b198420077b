namespace DepthScenes;

/// <summary>Where a ray meets a shape.</summary>
/// <param name="Distance">Multiples of the ray's direction; infinite where it meets nothing.</param>
/// <param name="Normal">Direction of the surface, of the length one, towards where the ray comes from.</param>
/// <param name="Place">The place, as the shape's texture sees it.</param>
/// <param name="Texture">The texture; null where there is nothing.</param>
public readonly record struct Hit(double Distance, Vector Normal, Vector Place, Texture? Texture)
{
    /// <summary>Nothing is met.</summary>
    public static readonly Hit None = new(double.PositiveInfinity, default, default, null);
}
