namespace DepthScenes;

/// <summary>Shapes, lights and a camera.</summary>
/// <param name="Shapes">The shapes; one of them is around the camera.</param>
/// <param name="Lights">Where light comes from.</param>
/// <param name="Ambient">Light that comes from everywhere, 0 to 1.</param>
/// <param name="Camera">The camera.</param>
public sealed record Scene(IReadOnlyList<Shape> Shapes, IReadOnlyList<Light> Lights, double Ambient, Camera Camera)
{
    /// <summary>What a ray meets first.</summary>
    public Hit Meet(Vector from, Vector direction)
    {
        var first = Hit.None;
        foreach (var shape in Shapes)
        {
            var hit = shape.Meet(from, direction);
            first = hit.Distance < first.Distance ? hit : first;
        }

        return first;
    }

    /// <summary>The colour that comes back along a ray: Lambert's cosine, with shadows. Red, green and blue; 1 is as bright as a picture gets.</summary>
    public Vector Colour(Vector from, Vector direction)
    {
        var hit = Meet(from, direction);
        if (hit.Texture is null)
        {
            return default;
        }

        // A little above the surface, which would shade itself.
        var place = from + (direction * hit.Distance) + (hit.Normal * 1e-4);
        var light = Ambient;
        foreach (var lamp in Lights)
        {
            var way = lamp.Place - place;
            var cosine = hit.Normal.Dot(way) / way.Length;
            if (cosine > 0 && Meet(place, way).Distance >= 1)
            {
                light += lamp.Strength * cosine / (1 + (0.05 * way.Dot(way)));
            }
        }

        return hit.Texture.At(hit.Place) * light;
    }
}
