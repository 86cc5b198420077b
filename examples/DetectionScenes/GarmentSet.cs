using FashionData;
using SceneParts;

namespace DetectionScenes;

/// <summary>
/// Pictures composed of one to eight garments of 10 to 60 pixels on textured grounds, each of a number. A picture shows its garments from one distance, so that they are about as large
/// as each other; all sizes are as frequent. A picture follows from the garments, the seed of its set and its number alone, to the same bits on every machine.
/// </summary>
/// <param name="seed">Seed of the set.</param>
/// <param name="garments">Garments to choose from.</param>
public sealed class GarmentSet(int seed, IReadOnlyList<Garment> garments)
{
    /// <summary>Pixels of the longer side of the smallest garments.</summary>
    public const double Smallest = 10;

    /// <summary>Pixels of the longer side of the largest garments.</summary>
    public const double Largest = 60;

    /// <summary>Garments of a picture, at most.</summary>
    public const int Most = 8;

    /// <summary>Part of a box that others may cover.</summary>
    public const double Covered = 0.3;

    /// <summary>Part by which a garment may be smaller or larger than others at its distance.</summary>
    private const double Spread = 0.15;

    /// <summary>Places that are tried for a garment before it is left out.</summary>
    private const int Trials = 20;

    /// <summary>Composes pictures side by side; they do not depend on how many are.</summary>
    /// <param name="first">The first number.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<GarmentScene> Render(int first, int count)
    {
        var scenes = new GarmentScene[count];
        Parallel.For(0, count, i => scenes[i] = Render(first + i));
        return scenes;
    }

    /// <summary>Composes a picture.</summary>
    public GarmentScene Render(int number)
    {
        var random = new SceneRandom(((ulong)(uint)seed << 32) + (uint)number);
        var canvas = new Canvas();
        new Ground(random).Paint(canvas);
        var placed = new List<PlacedCloth>();
        var labels = new List<string>();
        var count = 1 + random.Next(Most);
        var typical = random.Next(Smallest, Largest);
        for (var i = 0; i < count; i++)
        {
            var size = Math.Clamp(typical * random.Next(1 - Spread, 1 + Spread), Smallest, Largest);
            var garment = garments[random.Next(garments.Count)];
            if (Place(new Cloth(garment), size, placed, random) is { } cloth)
            {
                placed.Add(cloth);
                labels.Add(garment.Label);
                cloth.Draw(canvas);
            }
        }

        return new GarmentScene
        {
            Image = canvas.ToPlanes(),
            Label = [.. labels],
            BoundingBoxes = [.. placed.SelectMany(p => new[] { (float)p.Left, (float)p.Top, (float)p.Right, (float)p.Bottom })],
        };
    }

    /// <summary>A place for a garment where no box is covered too much; null where none is found.</summary>
    private static PlacedCloth? Place(Cloth cloth, double size, List<PlacedCloth> placed, SceneRandom random)
    {
        if (cloth.IsEmpty)
        {
            return null;
        }

        var scale = size / cloth.Length;
        var (width, height) = ((cloth.Right - cloth.Left) * scale, (cloth.Bottom - cloth.Top) * scale);
        var bright = random.Next(0.7, 1.3);
        var tint = new Vector(bright * random.Next(0.6, 1), bright * random.Next(0.6, 1), bright * random.Next(0.6, 1));
        var mirrored = random.Next(2) == 1;
        for (var trial = 0; trial < Trials; trial++)
        {
            var one = new PlacedCloth(cloth, random.Next(0, GarmentScene.Side - width), random.Next(0, GarmentScene.Side - height), scale, mirrored, tint);
            if (placed.Sum(one.Common) <= Covered * one.Area && placed.TrueForAll(
                old => old.Common(one) + placed.SkipWhile(p => p != old).Skip(1).Sum(old.Common) <= Covered * old.Area))
            {
                return one;
            }
        }

        return null;
    }
}
