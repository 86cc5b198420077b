namespace DepthScenes;

/// <summary>Something that rays meet.</summary>
public abstract class Shape
{
    /// <summary>Rays begin so far from where they begin: a shadow's ray must not meet the surface that it leaves.</summary>
    protected const double Least = 1e-6;

    /// <summary>Where a ray first meets the shape.</summary>
    /// <param name="from">Where it begins.</param>
    /// <param name="direction">Its direction, of any length.</param>
    public abstract Hit Meet(Vector from, Vector direction);
}
