namespace DepthScenes;

/// <summary>
/// Rooms with things in them, each of a number: anything from an empty room to one full of boxes, spheres, poles and fences. A scene follows from the seed of its set and its number
/// alone.
/// </summary>
/// <param name="seed">Seed of the set.</param>
public sealed class SceneSet(int seed)
{
    /// <summary>Renders a scene.</summary>
    public DepthPicture Render(int number) => Renderer.Render(Make(number));

    /// <summary>Renders scenes side by side; they do not depend on how many are.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<DepthPicture> Render(int first, int count)
    {
        var pictures = new DepthPicture[count];
        Parallel.For(0, count, i => pictures[i] = Render(first + i));
        return pictures;
    }

    /// <summary>Makes a scene.</summary>
    public Scene Make(int number)
    {
        var random = new SceneRandom(((ulong)(uint)seed << 32) + (uint)number);
        var half = new Vector(random.Next(2, 5), random.Next(1.2, 1.8), random.Next(3, 6));
        var back = half.Z - 0.5;
        var camera = new Camera(
            // As high above the floor in every room, and as far turned down: one picture does not say how large things are, a floor at a known distance does.
            new Vector(random.Next(-0.4, 0.4) * half.X, 1.4 - half.Y, -back),
            new Turn(random.Next(-0.2, 0.2)),
            new Turn(-0.05),
            0.7);
        List<Shape> shapes = [new Block(default, half, new Turn(0), Surface(random, 0.3, 1.2))];
        // Every other room is nearly empty; others are filled more and more.
        var things = random.Next(2) == 0 ? random.Next(3) : 2 + random.Next(9);
        for (var i = 0; i < things; i++)
        {
            shapes.Add(Thing(random, half));
        }

        var lights = Enumerable.Range(0, 1 + random.Next(2))
            .Select(_ => new Light(new Vector(random.Next(-0.9, 0.9) * half.X, random.Next(0.5, 0.95) * half.Y, random.Next(-0.9, 0.6) * half.Z), random.Next(0.5, 1)))
            .ToArray();
        return new Scene(shapes, lights, random.Next(0.15, 0.35), camera);
    }

    private static Shape Thing(SceneRandom random, Vector room)
    {
        // Ahead of the camera, and not so near that nothing else is seen.
        var place = new Vector(random.Next(-0.85, 0.85) * room.X, -room.Y, random.Next(-0.45, 0.9) * room.Z);
        var turn = new Turn(random.Next(-0.4, 0.4));
        var texture = Surface(random, 0.05, 0.4);
        switch (random.Next(5))
        {
            case 0:
                var radius = random.Next(0.15, 0.6);
                return new Sphere(place with { Y = place.Y + (random.Next(4) == 0 ? random.Next(radius, room.Y) : radius) }, radius, texture);
            case 1:
                return Standing(place, new Vector(random.Next(0.02, 0.06), random.Next(0.5, room.Y), random.Next(0.02, 0.06)), turn, texture);
            case 2:
                var fence = new Vector(random.Next(0.5, 1.5), random.Next(0.3, 0.9), 0.03);
                return new Fence(place with { Y = place.Y + fence.Y }, fence, turn, 5 + random.Next(14), random.Next(0.25, 0.6), texture);
            default:
                return Standing(place, new Vector(random.Next(0.1, 0.7), random.Next(0.1, 0.9), random.Next(0.1, 0.7)), turn, texture);
        }
    }

    private static Block Standing(Vector place, Vector half, Turn turn, Texture texture) => new(place with { Y = place.Y + half.Y }, half, turn, texture);

    private static Texture Surface(SceneRandom random, double least, double most)
    {
        var (first, second) = (Colour(random), Colour(random));
        return new Texture(first, first + ((second - first) * random.Next(0.1, 0.8)), (TexturePattern)random.Next(4), random.Next(least, most), (uint)random.Next(int.MaxValue));
    }

    private static Vector Colour(SceneRandom random)
    {
        var grey = random.Next(0.2, 0.9);
        return new Vector(grey * random.Next(0.6, 1.1), grey * random.Next(0.6, 1.1), grey * random.Next(0.6, 1.1));
    }
}
