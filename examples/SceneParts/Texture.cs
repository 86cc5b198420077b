namespace SceneParts;

/// <summary>Colours of a surface: two of them, checkered, striped or mixed by smooth noise.</summary>
/// <param name="first">Red, green and blue of the one, 0 to 1.</param>
/// <param name="second">Of the other.</param>
/// <param name="pattern">How they take turns.</param>
/// <param name="scale">Metres of a field, a stripe or a lump.</param>
/// <param name="seed">Of the noise.</param>
public sealed class Texture(Vector first, Vector second, TexturePattern pattern, double scale, uint seed)
{
    /// <summary>A surface of one colour.</summary>
    public static Texture Plain(Vector colour) => new(colour, colour, TexturePattern.Plain, 1, 0);

    /// <summary>The colour at a place: red, green and blue, 0 to 1.</summary>
    public Vector At(Vector place)
    {
        // A little aside: faces lie where fields would change.
        var p = (place + new Vector(0.0137, 0.0171, 0.0193)) * (1 / scale);
        var part = pattern switch
        {
            TexturePattern.Plain => 0.0,
            TexturePattern.Checkered => (Field(p.X) + Field(p.Y) + Field(p.Z)) & 1,
            TexturePattern.Striped => Field(p.X + p.Y) & 1,
            _ => Noise(p),
        };
        return first + ((second - first) * part);
    }

    private static long Field(double value) => (long)Math.Floor(value);

    /// <summary>Smooth noise, 0 to 1: random numbers at whole places, with cubic transitions between them.</summary>
    private double Noise(Vector p)
    {
        var (x, y, z) = (Field(p.X), Field(p.Y), Field(p.Z));
        var (fx, fy, fz) = (Smooth(p.X - x), Smooth(p.Y - y), Smooth(p.Z - z));
        double At(int dx, int dy, int dz) => SceneRandom.Of(seed, x + dx, y + dy, z + dz);
        double Along(int dy, int dz) => At(0, dy, dz) + (fx * (At(1, dy, dz) - At(0, dy, dz)));
        double Across(int dz) => Along(0, dz) + (fy * (Along(1, dz) - Along(0, dz)));
        return Across(0) + (fz * (Across(1) - Across(0)));
    }

    private static double Smooth(double part) => part * part * (3 - (2 * part));
}
