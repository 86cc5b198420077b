namespace DepthScenes;

/// <summary>A sphere.</summary>
/// <param name="centre">Its centre.</param>
/// <param name="radius">Its radius.</param>
/// <param name="texture">Its texture.</param>
public sealed class Sphere(Vector centre, double radius, Texture texture) : Shape
{
    /// <inheritdoc/>
    public override Hit Meet(Vector from, Vector direction)
    {
        var offset = from - centre;
        var (a, b, c) = (direction.Dot(direction), offset.Dot(direction), offset.Dot(offset) - (radius * radius));
        var discriminant = (b * b) - (a * c);
        if (discriminant < 0)
        {
            return Hit.None;
        }

        var root = Math.Sqrt(discriminant);
        var distance = (-b - root) / a;
        distance = distance > Least ? distance : (-b + root) / a;
        if (distance <= Least)
        {
            return Hit.None;
        }

        var place = offset + (direction * distance);
        var normal = place * (1 / radius);
        return new Hit(distance, normal.Dot(direction) > 0 ? normal * -1 : normal, place, texture);
    }
}
