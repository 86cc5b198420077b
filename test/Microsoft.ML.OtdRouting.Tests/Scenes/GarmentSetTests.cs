using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DetectionScenes;
using FashionData;

namespace Microsoft.ML.OtdRouting.Tests.Scenes;

/// <summary>Sets of pictures with garments: the same bits from the same seed, boxes that fit what is drawn, and no box that is covered too much.</summary>
public class GarmentSetTests
{
    /// <summary>A white rectangle of 10 × 20 pixels in black, one of 20 × 5, and one with a soft edge.</summary>
    private static readonly Garment[] Rectangles = [Rectangle("upright", 9, 4, 10, 20), Rectangle("flat", 4, 11, 20, 5), Rectangle("dark", 6, 6, 16, 14, 40)];

    [Fact]
    public void A_picture_follows_from_garments_seed_and_number_to_the_bit()
    {
        var together = new GarmentSet(5, Rectangles).Render(2, 4);
        var alone = new GarmentSet(5, Rectangles).Render(4);
        Assert.Equal(alone.Image, together[2].Image);
        Assert.Equal(alone.Label, together[2].Label);
        Assert.Equal(alone.BoundingBoxes, together[2].BoundingBoxes);
        Assert.NotEqual(new GarmentSet(6, Rectangles).Render(4).Image, together[2].Image);
        Assert.NotEqual(together[0].Image, together[1].Image);
        // On every machine: models that are shipped were trained on such pictures.
        Assert.Equal("86496EF33B75E2F0", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>([.. alone.Image, .. alone.BoundingBoxes])))[..16]);
    }

    [Fact]
    public void Garments_of_the_promised_sizes_lie_in_the_picture_and_show()
    {
        var scenes = new GarmentSet(7, Rectangles).Render(0, 300);
        var sizes = new List<float>();
        foreach (var scene in scenes)
        {
            Assert.Equal(3 * GarmentScene.Side * GarmentScene.Side, scene.Image.Length);
            Assert.All(scene.Image, v => Assert.True(v == MathF.Round(v) && v is >= 0 and <= 255));
            Assert.InRange(scene.Label.Length, 1, GarmentSet.Most);
            Assert.Equal(4 * scene.Label.Length, scene.BoundingBoxes.Length);
            var boxes = scene.BoundingBoxes.Chunk(4).ToList();
            var lengths = boxes.ConvertAll(b => Math.Max(b[2] - b[0], b[3] - b[1]));
            Assert.True(lengths.Max() <= 1.15 / 0.85 * lengths.Min() * (1 + 1e-5));
            Assert.All(scene.BoundingBoxes, v => Assert.InRange(v, 0, GarmentScene.Side));
            sizes.AddRange(boxes.Select(b => Math.Max(b[2] - b[0], b[3] - b[1])));
            foreach (var (box, i) in boxes.Select((b, i) => (b, i)))
            {
                // The shape is that of the rectangle, and what later ones cover is bounded.
                var ratio = (box[2] - box[0]) / (box[3] - box[1]);
                Assert.Equal(scene.Label[i] switch { "upright" => 0.5f, "flat" => 4, _ => 16 / 14f }, ratio, 1e-4f);
                Assert.True(boxes.Skip(i + 1).Sum(other => Common(box, other)) <= (GarmentSet.Covered + 1e-5) * Common(box, box));
                Assert.True(boxes.Take(i).Sum(other => Common(box, other)) <= (GarmentSet.Covered + 1e-5) * Common(box, box));
            }
        }

        Assert.All(sizes, s => Assert.InRange(s, GarmentSet.Smallest - 1e-4, GarmentSet.Largest + 1e-4));
        // Every distance is as frequent as any other: of the pictures a fifth in each ten pixels, and within three standard errors of that.
        var typical = scenes.Select(s => s.BoundingBoxes.Chunk(4).Average(b => Math.Max(b[2] - b[0], b[3] - b[1]))).ToList();
        Assert.All([10, 20, 30, 40, 50], least => Assert.InRange(typical.Count(t => t >= least && t < least + 10.001), 39, 81));
        Assert.True(scenes.Select(s => s.Label.Length).Distinct().Count() == GarmentSet.Most);
    }

    [Theory]
    [InlineData(0.35)]
    [InlineData(1)]
    [InlineData(2.2)]
    public void What_is_drawn_fills_its_box_and_leaves_the_ground_around_it(double scale)
    {
        var canvas = new Canvas();
        var placed = new PlacedCloth(new Cloth(Rectangles[0]), 40.3, 30.8, scale, IsMirrored: true, new SceneParts.Vector(1, 0.5, 0.25));
        Assert.Equal((40.3 + (10 * scale), 30.8 + (20 * scale)), (placed.Right, placed.Bottom));
        placed.Draw(canvas);
        var planes = canvas.ToPlanes();
        const int Plane = GarmentScene.Side * GarmentScene.Side;
        // What the edges lose inside they have outside: the light is that of the box.
        Assert.Equal(placed.Area, planes[..Plane].Sum(v => v / 255.0), placed.Area * 0.01);
        var margin = (2 * scale) + 2;
        for (var i = 0; i < Plane; i++)
        {
            var (y, x) = Math.DivRem(i, GarmentScene.Side);
            var (inside, outside) = (
                x >= 40.3 + margin && x + 1 <= placed.Right - margin && y >= 30.8 + margin && y + 1 <= placed.Bottom - margin,
                x + 1 <= 40.3 - margin || x >= placed.Right + margin || y + 1 <= 30.8 - margin || y >= placed.Bottom + margin);
            Assert.True(!inside || (planes[i], planes[Plane + i], planes[(2 * Plane) + i]) == (255, 128, 64));
            Assert.True(!outside || planes[i] == 0);
        }
    }

    [Fact]
    public void A_mirrored_garment_is_the_other_way_round()
    {
        // Bright on the left half of its box only, dark on the right one.
        var halves = Rectangle("halves", 4, 4, 20, 20);
        for (var i = 0; i < halves.Grey.Length; i++)
        {
            halves.Grey[i] = i % Garment.Side >= 14 && halves.Grey[i] > 0 ? (byte)80 : halves.Grey[i];
        }

        float At(bool mirrored, int x)
        {
            var canvas = new Canvas();
            new PlacedCloth(new Cloth(halves), 50, 50, 1, mirrored, new SceneParts.Vector(1, 1, 1)).Draw(canvas);
            return canvas.ToPlanes()[(60 * GarmentScene.Side) + x];
        }

        Assert.Equal((255, 80), (At(false, 53), At(false, 66)));
        Assert.Equal((80, 255), (At(true, 53), At(true, 66)));
    }

    [Fact]
    public void A_black_picture_is_no_garment()
    {
        Assert.True(new Cloth(new Garment(new byte[Garment.Side * Garment.Side], "nothing")).IsEmpty);
        Assert.Empty(new GarmentSet(1, [new Garment(new byte[Garment.Side * Garment.Side], "nothing")]).Render(0).Label);
    }

    [Fact]
    public void Pictures_on_disk_are_read_as_they_were_published()
    {
        var boots = Garment.Read([.. Pictures.FashionPictures.Test(1).Select(p => new FashionPicture { Path = p.Path, Label = p.Label })]);
        // The first image of the test file is an ankle boot.
        Assert.Equal("Ankle-boot", boots[0].Label);
        Assert.Equal("FFC7351ED0F8BAE5", Convert.ToHexString(SHA256.HashData(boots[0].Grey))[..16]);
    }

    private static Garment Rectangle(string label, int left, int top, int width, int height, byte grey = 255) => new(
        [.. Enumerable.Range(0, Garment.Side * Garment.Side).Select(i =>
            i % Garment.Side >= left && i % Garment.Side < left + width && i / Garment.Side >= top && i / Garment.Side < top + height ? grey : (byte)0)],
        label);

    private static double Common(float[] a, float[] b) =>
        Math.Max(0.0, Math.Min(a[2], b[2]) - Math.Max(a[0], b[0])) * Math.Max(0.0, Math.Min(a[3], b[3]) - Math.Max(a[1], b[1]));
}
