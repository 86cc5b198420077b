using SceneParts;

namespace DetectionScenes;

/// <summary>A garment in a picture.</summary>
/// <param name="Cloth">What it looks like.</param>
/// <param name="Left">Left edge of its box, in pixels.</param>
/// <param name="Top">Upper edge.</param>
/// <param name="Scale">Pixels for one of the garment's own.</param>
/// <param name="IsMirrored">Whether left is right.</param>
/// <param name="Tint">Factors of red, green and blue.</param>
public sealed record PlacedCloth(Cloth Cloth, double Left, double Top, double Scale, bool IsMirrored, Vector Tint)
{
    /// <summary>Right edge of its box.</summary>
    public double Right => Left + ((Cloth.Right - Cloth.Left) * Scale);

    /// <summary>Lower edge.</summary>
    public double Bottom => Top + ((Cloth.Bottom - Cloth.Top) * Scale);

    /// <summary>Area of its box.</summary>
    public double Area => (Right - Left) * (Bottom - Top);

    /// <summary>Area that its box has in common with another.</summary>
    public double Common(PlacedCloth other) =>
        Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left)) * Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));

    /// <summary>Draws it over what is there.</summary>
    public void Draw(Canvas canvas)
    {
        // What is too dark to belong to the box is seen beside it.
        var (left, top, right, bottom) = (Pixel(Left - (2 * Scale) - 1), Pixel(Top - (2 * Scale) - 1), Pixel(Right + (2 * Scale) + 1), Pixel(Bottom + (2 * Scale) + 1));
        for (var y = top; y <= bottom; y++)
        {
            for (var x = left; x <= right; x++)
            {
                var (across, down) = ((x + 0.5 - Left) / Scale, (y + 0.5 - Top) / Scale);
                var (alpha, light) = Cloth.At(IsMirrored ? Cloth.Right - across : Cloth.Left + across, Cloth.Top + down, 1 / Scale);
                canvas[x, y] = (canvas[x, y] * (1 - alpha)) + (Tint * (light * alpha));
            }
        }
    }

    private static int Pixel(double place) => (int)Math.Clamp(Math.Floor(place), 0, GarmentScene.Side - 1);
}
