using FsCheck.Fluent;
using FsCheck;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Models;

namespace Microsoft.ML.OtdRouting.Tests.Images;

public class ImageResizerTests
{
    /// <summary>
    /// Of pixels from 0 to 255. The runtime computes positions in single precision, which for most pairs of sizes costs it more than rounding;
    /// the resizer computes them in double precision.
    /// </summary>
    private const float Tolerance = 1e-3f;

    [Theory]
    [InlineData(28, 14)]
    [InlineData(28, 7)]
    [InlineData(28, 56)]
    [InlineData(160, 128)]
    [InlineData(128, 64)]
    [InlineData(160, 10)]
    public void Equals_the_runtime_s_antialiased_Resize_closely_where_the_scale_is_a_short_binary_number(int source, int target) =>
        AssertLikeRuntime(source, source, target, target, planes: 3, tolerance: 1e-4f);

    [Theory]
    [InlineData(28, 28, 20, 20)]
    [InlineData(28, 28, 14, 14)]
    [InlineData(28, 28, 10, 10)]
    [InlineData(28, 28, 27, 27)]
    [InlineData(28, 28, 1, 1)]
    [InlineData(28, 28, 56, 56)]
    [InlineData(28, 28, 29, 61)]
    [InlineData(1, 1, 5, 7)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(1, 9, 3, 4)]
    [InlineData(9, 1, 4, 3)]
    [InlineData(2, 2, 3, 3)]
    [InlineData(3, 5, 5, 3)]
    [InlineData(31, 17, 8, 40)]
    [InlineData(17, 31, 40, 8)]
    [InlineData(160, 160, 128, 128)]
    [InlineData(160, 160, 64, 64)]
    [InlineData(100, 75, 33, 21)]
    [InlineData(224, 160, 7, 3)]
    [InlineData(50, 50, 50, 20)]
    [InlineData(50, 50, 20, 50)]
    public void Equals_the_runtime_s_antialiased_Resize(int sourceHeight, int sourceWidth, int targetHeight, int targetWidth) =>
        AssertLikeRuntime(sourceHeight, sourceWidth, targetHeight, targetWidth, planes: 3);

    [Fact]
    public void Equals_the_runtime_s_Resize_at_any_pair_of_sizes()
    {
        var side = Gen.Choose(1, 40);
        var sizes = side.Four().ToArbitrary();
        Prop.ForAll(sizes, s =>
        {
            var (sourceHeight, sourceWidth, targetHeight, targetWidth) = s;
            AssertLikeRuntime(sourceHeight, sourceWidth, targetHeight, targetWidth, planes: 1);
        }).Check(Config.QuickThrowOnFailure.WithReplay(11UL, 7UL).WithMaxTest(80));
    }

    [Fact]
    public void Same_size_copies_bit_for_bit()
    {
        var pixels = RandomPixels(3 * 6 * 5, 3);
        Assert.Equal(pixels, Resize(pixels, 6, 5, 6, 5, 3));
    }

    [Fact]
    public void Constant_images_stay_constant()
    {
        var pixels = Enumerable.Repeat(255f, 3 * 23 * 31).ToArray();
        Assert.All(Resize(pixels, 23, 31, 9, 44, 3), p => Assert.Equal(255, p, 1e-4));
    }

    [Fact]
    public void Matrices_of_both_axes_give_the_same_result()
    {
        const int sourceHeight = 13, sourceWidth = 19, targetHeight = 5, targetWidth = 30;
        var pixels = RandomPixels(sourceHeight * sourceWidth, 5);
        var vertical = ImageResizer.Weights(sourceHeight, targetHeight);
        var horizontal = ImageResizer.Weights(sourceWidth, targetWidth);
        var resized = Resize(pixels, sourceHeight, sourceWidth, targetHeight, targetWidth, 1);
        for (var y = 0; y < targetHeight; y++)
        {
            Assert.Equal(1, vertical.Skip(y * sourceHeight).Take(sourceHeight).Sum(), 1e-6);
            for (var x = 0; x < targetWidth; x++)
            {
                var expected = 0.0;
                for (var i = 0; i < sourceHeight; i++)
                {
                    for (var j = 0; j < sourceWidth; j++)
                    {
                        expected += (double)vertical[(y * sourceHeight) + i] * pixels[(i * sourceWidth) + j] * horizontal[(x * sourceWidth) + j];
                    }
                }

                Assert.Equal(expected, resized[(y * targetWidth) + x], 1e-4);
            }
        }
    }

    [Fact]
    public void What_scratch_memory_held_does_not_matter()
    {
        var pixels = RandomPixels(3 * 12 * 12, 8);
        var resizer = new ImageResizer(12, 12, 5, 5);
        var clean = new float[3 * 5 * 5];
        resizer.Resize(pixels, clean, TargetPlane.Rgb, new float[resizer.ScratchLength]);
        var dirty = new float[3 * 5 * 5];
        resizer.Resize(pixels, dirty, TargetPlane.Rgb, Enumerable.Repeat(float.NaN, resizer.ScratchLength + 9).ToArray());
        Assert.Equal(clean, dirty);
    }

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(28, 28, 10, 14)]
    [InlineData(28, 20, 40, 3)]
    [InlineData(160, 160, 64, 96)]
    [InlineData(160, 160, 128, 159)]
    [InlineData(90, 131, 17, 16)]
    [InlineData(3, 75, 2, 11)]
    [InlineData(7, 300, 7, 20)]
    [InlineData(50, 50, 50, 20)]
    public void Sums_in_single_precision_from_the_first_pixel_to_the_last_whatever_the_vectors(
        int sourceHeight, int sourceWidth, int targetHeight, int targetWidth)
    {
        var pixels = RandomPixels(3 * sourceHeight * sourceWidth, 4);
        var (vertical, horizontal) = (new ResizeAxis(sourceHeight, targetHeight), new ResizeAxis(sourceWidth, targetWidth));
        var expected = new float[3 * targetHeight * targetWidth];
        for (var i = 0; i < expected.Length; i++)
        {
            var (line, x) = Math.DivRem(i, targetWidth);
            var (plane, y) = Math.DivRem(line, targetHeight);
            for (var column = horizontal.Start(x); column < horizontal.End(x); column++)
            {
                var mixed = 0f;
                for (var row = vertical.Start(y); row < vertical.End(y); row++)
                {
                    mixed += pixels[(((plane * sourceHeight) + row) * sourceWidth) + column] * vertical.Weight(y, row);
                }

                expected[i] += mixed * horizontal.Weight(x, column);
            }
        }

        Assert.Equal(expected, Resize(pixels, sourceHeight, sourceWidth, targetHeight, targetWidth, 3));
    }

    [Theory]
    [InlineData(11, 9)]
    [InlineData(5, 5)]
    public void Planes_go_where_they_belong_and_are_scaled_there(int targetHeight, int targetWidth)
    {
        var pixels = RandomPixels(3 * 11 * 9, 6);
        TargetPlane[] planes = [new(2, 0.5f, 1), new(0, 2, -3), new(1, 1, 0.25f)];
        var resizer = new ImageResizer(11, 9, targetHeight, targetWidth);
        var found = new float[3 * targetHeight * targetWidth];
        resizer.Resize(pixels, found, planes, new float[resizer.ScratchLength]);
        var plain = Resize(pixels, 11, 9, targetHeight, targetWidth, 3);
        var length = targetHeight * targetWidth;
        for (var i = 0; i < plain.Length; i++)
        {
            var plane = planes[i / length];
            Assert.Equal((plain[i] * plane.Factor) + plane.Offset, found[(plane.Position * length) + (i % length)]);
        }
    }

    private static void AssertLikeRuntime(int sourceHeight, int sourceWidth, int targetHeight, int targetWidth, int planes, float tolerance = Tolerance)
    {
        var pixels = RandomPixels(planes * sourceHeight * sourceWidth, (sourceHeight * 1000) + targetWidth);
        var expected = RuntimeResize(pixels, planes, sourceHeight, sourceWidth, targetHeight, targetWidth);
        var found = Resize(pixels, sourceHeight, sourceWidth, targetHeight, targetWidth, planes);
        Assert.Equal(expected.Length, found.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.True(
                Math.Abs(expected[i] - found[i]) <= tolerance,
                $"{sourceHeight}x{sourceWidth} to {targetHeight}x{targetWidth}, element {i}: the runtime has {expected[i]}, the resizer {found[i]}.");
        }
    }

    private static float[] Resize(float[] pixels, int sourceHeight, int sourceWidth, int targetHeight, int targetWidth, int planes)
    {
        var resizer = new ImageResizer(sourceHeight, sourceWidth, targetHeight, targetWidth);
        var target = new float[planes * targetHeight * targetWidth];
        resizer.Resize(pixels, target, TargetPlane.Rgb[..planes], new float[resizer.ScratchLength]);
        return target;
    }

    private static float[] RuntimeResize(float[] pixels, int planes, int sourceHeight, int sourceWidth, int targetHeight, int targetWidth) =>
        new TinyGraph(opset: 18)
            .Input("x", 1, planes, sourceHeight, sourceWidth)
            .Integers("sizes", 1, planes, targetHeight, targetWidth)
            .Node("Resize", ["x", "", "", "sizes"], "y", ("mode", "linear"), ("antialias", 1), ("exclude_outside", 1), ("coordinate_transformation_mode", "half_pixel"))
            .Output("y")
            .Run("x", pixels, 1, planes, sourceHeight, sourceWidth)[0];

    private static float[] RandomPixels(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => (float)random.Next(256)).ToArray();
    }
}
