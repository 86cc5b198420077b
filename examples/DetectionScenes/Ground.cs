using SceneParts;

namespace DetectionScenes;

/// <summary>What garments lie on: a coarse texture and a fine one, unevenly lit, with grain.</summary>
public sealed class Ground
{
    private readonly Texture _coarse;
    private readonly Texture _fine;
    private readonly double _share;
    private readonly Turn _turn;
    private readonly (double Across, double Down) _slope;
    private readonly double _grain;
    private readonly uint _seed;

    /// <summary>Makes a ground.</summary>
    public Ground(SceneRandom random)
    {
        _coarse = Surface(random, 24, 80);
        // As fine as garments' folds: what small pictures blur with them.
        _fine = Surface(random, 2, 12);
        _share = random.Next(0.15, 0.7);
        _turn = new Turn(random.Next(-1, 1));
        _slope = (random.Next(-0.4, 0.4), random.Next(-0.4, 0.4));
        _grain = random.Next(0, 0.12);
        _seed = (uint)random.Next(int.MaxValue);
    }

    /// <summary>Paints all of a picture.</summary>
    public void Paint(Canvas canvas)
    {
        for (var y = 0; y < GarmentScene.Side; y++)
        {
            for (var x = 0; x < GarmentScene.Side; x++)
            {
                // Textures are of space; the picture is a level in it.
                var place = _turn.AboutVertical(new Vector(x, 0, y));
                var colour = (_coarse.At(place) * (1 - _share)) + (_fine.At(place) * _share);
                var light = 1 + (_slope.Across * ((x / (double)GarmentScene.Side) - 0.5)) + (_slope.Down * ((y / (double)GarmentScene.Side) - 0.5));
                var grain = _grain * (SceneRandom.Of(_seed, x, y, 0) - 0.5);
                canvas[x, y] = (colour * light) + new Vector(grain, grain, grain);
            }
        }
    }

    private static Texture Surface(SceneRandom random, double least, double most)
    {
        var (first, second) = (Colour(random), Colour(random));
        // Small fields as often as large ones.
        var part = random.Next();
        return new Texture(first, second, (TexturePattern)random.Next(4), least + ((most - least) * part * part), (uint)random.Next(int.MaxValue));
    }

    private static Vector Colour(SceneRandom random)
    {
        var grey = random.Next(0.1, 0.8);
        return new Vector(grey * random.Next(0.7, 1.2), grey * random.Next(0.7, 1.2), grey * random.Next(0.7, 1.2));
    }
}
