using DepthScenes;
using SceneParts;

namespace Microsoft.ML.OtdRouting.Tests.Scenes;

/// <summary>The geometry and the light of the ray caster against closed forms.</summary>
public class RayTests
{
    private const double Aspect = 0.75;

    private static readonly Texture White = Texture.Plain(new Vector(1, 1, 1));

    /// <summary>Tangent of an eighth of a right angle, times 2: half of 45 degrees.</summary>
    private static readonly double Half45 = Math.Sqrt(2) - 1;

    [Fact]
    public void A_wall_ahead_is_as_deep_everywhere_and_a_floor_as_perspective_has_it()
    {
        var room = new Block(default, new Vector(2, 1.5, 4), new Turn(0), White);
        var camera = new Camera(new Vector(0, 0, -3), new Turn(0), new Turn(0), 0.7);
        for (var i = 0; i < 100; i++)
        {
            var (x, y) = ((i % 10 + 0.5) / 10, (i / 10 + 0.5) / 10);
            var ray = camera.Ray(x, y, Aspect);
            // One metre ahead, and as far aside as the picture's half width.
            Assert.Equal(((2 * x) - 1) * 0.7, ray.X, 1e-12);
            Assert.Equal(1, ray.Z);
            var expected = Math.Min(7, Math.Min(2 / Math.Abs(ray.X), 1.5 / Math.Abs(ray.Y)));
            Assert.Equal(expected, room.Meet(camera.Place, ray).Distance, 1e-9);
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.1, 0)]
    [InlineData(-0.1, 0.15)]
    [InlineData(0.2, 0.03)]
    [InlineData(0.3, 0)]
    public void A_sphere_is_where_the_quadratic_equation_says(double x, double y)
    {
        var ray = new Vector(x, y, 1);
        var square = 1 + (x * x) + (y * y);
        // |t d − (0, 0, 5)| = 1
        var discriminant = 25 - (24 * square);
        var hit = new Sphere(new Vector(0, 0, 5), 1, White).Meet(default, ray);
        Assert.Equal(discriminant < 0 ? double.PositiveInfinity : (5 - Math.Sqrt(discriminant)) / square, hit.Distance, 1e-9);
        if (discriminant >= 0)
        {
            Assert.Equal(1, hit.Normal.Length, 1e-9);
            Assert.True(hit.Normal.Dot(ray) < 0);
        }
    }

    [Fact]
    public void From_within_a_sphere_is_all_around()
    {
        var hit = new Sphere(new Vector(0, 0, 1), 3, White).Meet(default, new Vector(0, 0, 2));
        Assert.Equal(2, hit.Distance, 1e-9);
        Assert.Equal(-1, hit.Normal.Z, 1e-9);
    }

    [Fact]
    public void A_turned_box_shows_its_edge()
    {
        var box = new Block(new Vector(0, 0, 5), new Vector(1, 1, 1), new Turn(Half45), White);
        Assert.Equal(5 - Math.Sqrt(2), box.Meet(default, new Vector(0, 0, 1)).Distance, 1e-9);
        // Along its face of 45 degrees: z = 5 − √2 + |x|, so t (1 − x) = 5 − √2.
        var hit = box.Meet(default, new Vector(0.1, 0, 1));
        Assert.Equal((5 - Math.Sqrt(2)) / 0.9, hit.Distance, 1e-9);
        Assert.Equal(Math.Sqrt(0.5), hit.Normal.X, 1e-9);
        Assert.Equal(-Math.Sqrt(0.5), hit.Normal.Z, 1e-9);
        Assert.Null(box.Meet(default, new Vector(0.5, 0, 1)).Texture);
        Assert.Null(box.Meet(default, new Vector(0, 0, -1)).Texture);
        // Beside a side that the ray is parallel to.
        Assert.Null(new Block(new Vector(3, 0, 5), new Vector(1, 1, 1), new Turn(0), White).Meet(default, new Vector(0, 0, 1)).Texture);
    }

    [Fact]
    public void Turns_keep_lengths_and_go_back()
    {
        var (turn, point) = (new Turn(0.3), new Vector(1, -2, 3));
        var turned = turn.AboutVertical(point);
        Assert.Equal(point.Length, turned.Length, 1e-12);
        Assert.Equal(0, (turn.BackAboutVertical(turned) - point).Length, 1e-12);
        var angle = 2 * Math.Atan(0.3);
        var ahead = turn.AboutVertical(new Vector(0, 0, 1));
        Assert.Equal(Math.Sin(angle), ahead.X, 1e-12);
        Assert.Equal(Math.Cos(angle), ahead.Z, 1e-12);
        Assert.Equal(Math.Sin(angle), turn.AboutRight(new Vector(0, 0, 1)).Y, 1e-12);
    }

    [Fact]
    public void Depth_is_along_the_axis_of_the_camera()
    {
        // A wall that the camera looks at aslant: the ray of the middle is 7 / cos long, and that is its depth.
        var room = new Block(default, new Vector(20, 20, 4), new Turn(0), White);
        var camera = new Camera(new Vector(0, 0, -3), new Turn(0.2), new Turn(0), 0.7);
        Assert.Equal(7 / Math.Cos(2 * Math.Atan(0.2)), room.Meet(camera.Place, camera.Ray(0.5, 0.5, Aspect)).Distance, 1e-9);
    }

    [Fact]
    public void One_sees_through_a_fence_where_it_has_no_posts()
    {
        var fence = new Fence(new Vector(0, 0, 5), new Vector(1, 1, 0.001), new Turn(0), 4, 0.4, White);
        var hits = Enumerable.Range(0, 1000).Select(i => fence.Meet(default, new Vector((((i + 0.5) / 500) - 1) / 5, 0, 1)).Texture is not null).ToArray();
        Assert.Equal(0.4, hits.Average(h => h ? 1.0 : 0), 0.01);
        Assert.Equal(8, hits.Zip(hits.Skip(1)).Count(p => p.First != p.Second));
    }

    [Fact]
    public void Light_falls_as_Lambert_has_it_and_not_into_shadows()
    {
        var room = new Block(default, new Vector(5, 1, 5), new Turn(0), White);
        var scene = new Scene([room], [new Light(new Vector(0, 0.5, 0), 0.8)], 0.1, new Camera(default, new Turn(0), new Turn(0), 0.7));
        var below = scene.Colour(default, new Vector(0, -1, 0));
        Assert.Equal(0.1 + (0.8 / (1 + (0.05 * 2.25))), below.X, 1e-3);
        // Two metres aside: the cosine is 1.5 / 2.5.
        Assert.Equal(0.1 + (0.8 * 0.6 / (1 + (0.05 * 6.25))), scene.Colour(default, new Vector(2, -1, 0)).X, 1e-3);
        var shaded = scene with { Shapes = [room, new Sphere(new Vector(0, 0.1, 0), 0.05, White)] };
        Assert.Equal(0.1, shaded.Colour(new Vector(0.5, 0, 0), new Vector(-0.5, -1, 0)).X, 1e-9);
    }

    [Fact]
    public void Textures_take_turns_and_noise_is_smooth()
    {
        var (black, white) = (default(Vector), new Vector(1, 1, 1));
        var checkered = new Texture(black, white, TexturePattern.Checkered, 1, 0);
        Assert.NotEqual(checkered.At(new Vector(0.5, 0.5, 0.5)).X, checkered.At(new Vector(1.5, 0.5, 0.5)).X);
        Assert.Equal(checkered.At(new Vector(0.5, 0.5, 0.5)).X, checkered.At(new Vector(1.5, 1.5, 0.5)).X);
        var noise = new Texture(black, white, TexturePattern.Noisy, 1, 7);
        var values = Enumerable.Range(0, 5000).Select(i => noise.At(new Vector(i / 500.0, 0.3, -0.7)).X).ToArray();
        Assert.All(values, v => Assert.InRange(v, 0, 1));
        Assert.InRange(values.Zip(values.Skip(1), (a, b) => Math.Abs(a - b)).Max(), 0, 0.004);
        Assert.True(values.Max() - values.Min() > 0.3);
    }
}
