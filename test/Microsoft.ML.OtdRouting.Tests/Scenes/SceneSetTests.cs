using System.Runtime.InteropServices;
using System.Security.Cryptography;
using DepthScenes;

namespace Microsoft.ML.OtdRouting.Tests.Scenes;

/// <summary>Sets of scenes: the same bits from the same seed, and pictures that are some.</summary>
public class SceneSetTests
{
    [Fact]
    public void A_scene_follows_from_seed_and_number_to_the_bit()
    {
        var together = new SceneSet(5).Render(2, 4);
        Assert.Equal(new SceneSet(5).Render(4).Image, together[2].Image);
        Assert.Equal(new SceneSet(5).Render(4).Depth, together[2].Depth);
        Assert.NotEqual(new SceneSet(6).Render(4).Image, together[2].Image);
        Assert.NotEqual(together[0].Image, together[1].Image);
        // What the models that are shipped were trained on; on every machine.
        var first = new SceneSet(1).Render(0);
        Assert.Equal("56BD79920FD53BDF", Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>([.. first.Image, .. first.Depth])))[..16]);
    }

    [Fact]
    public void Pictures_have_light_and_depths_are_those_of_rooms()
    {
        foreach (var picture in new SceneSet(7).Render(0, 12))
        {
            Assert.Equal(3 * DepthPicture.Height * DepthPicture.Width, picture.Image.Length);
            Assert.All(picture.Image, v => Assert.True(v == MathF.Round(v) && v is >= 0 and <= 255));
            Assert.InRange(picture.Image.Average(), 25, 235);
            Assert.Equal(DepthPicture.DepthHeight * DepthPicture.DepthWidth, picture.Depth.Length);
            Assert.All(picture.Depth, d => Assert.InRange(d, 0.1f, 15f));
            Assert.True(picture.Depth.Max() > 1.5 * picture.Depth.Min());
        }
    }

    [Fact]
    public void A_depth_is_that_of_the_middle_of_its_four_pixels()
    {
        var set = new SceneSet(8);
        var (scene, picture) = (set.Make(3), set.Render(3));
        foreach (var (row, column) in new[] { (0, 0), (20, 50), (71, 95) })
        {
            var ray = scene.Camera.Ray((column + 0.5) / 96, (row + 0.5) / 72, 0.75);
            Assert.Equal((float)scene.Meet(scene.Camera.Place, ray).Distance, picture.Depth[(row * 96) + column]);
        }
    }
}
