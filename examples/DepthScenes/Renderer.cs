namespace DepthScenes;

/// <summary>Renders scenes: four rays a pixel for the picture, and one for every depth.</summary>
public static class Renderer
{
    /// <summary>Rays of a pixel along one axis.</summary>
    private const int Rays = 2;

    /// <summary>Renders a scene at the size of <see cref="DepthPicture"/>.</summary>
    public static DepthPicture Render(Scene scene)
    {
        const double Aspect = (double)DepthPicture.Height / DepthPicture.Width;
        var picture = new DepthPicture
        {
            Image = new float[3 * DepthPicture.Height * DepthPicture.Width],
            Depth = new float[DepthPicture.DepthHeight * DepthPicture.DepthWidth],
        };
        var from = scene.Camera.Place;
        for (var i = 0; i < picture.Depth.Length; i++)
        {
            var (y, x) = Math.DivRem(i, DepthPicture.DepthWidth);
            picture.Depth[i] = (float)scene.Meet(
                from, scene.Camera.Ray((x + 0.5) / DepthPicture.DepthWidth, (y + 0.5) / DepthPicture.DepthHeight, Aspect)).Distance;
        }

        const int Plane = DepthPicture.Height * DepthPicture.Width;
        for (var i = 0; i < Plane; i++)
        {
            var (y, x) = Math.DivRem(i, DepthPicture.Width);
            var sum = default(Vector);
            for (var ray = 0; ray < Rays * Rays; ray++)
            {
                var (down, across) = Math.DivRem(ray, Rays);
                var colour = scene.Colour(from, scene.Camera.Ray(
                    (x + ((across + 0.5) / Rays)) / DepthPicture.Width, (y + ((down + 0.5) / Rays)) / DepthPicture.Height, Aspect));
                sum += new Vector(Math.Min(colour.X, 1), Math.Min(colour.Y, 1), Math.Min(colour.Z, 1));
            }

            // The square root in place of the power of 1 / 2.2 that screens undo: the same bits everywhere.
            (picture.Image[i], picture.Image[Plane + i], picture.Image[(2 * Plane) + i]) = (Level(sum.X), Level(sum.Y), Level(sum.Z));
        }

        return picture;
    }

    private static float Level(double sum) => (float)Math.Floor((255 * Math.Sqrt(sum / (Rays * Rays))) + 0.5);
}
