using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Pictures;

namespace Microsoft.ML.OtdRouting.Tests.Images;

public class PixelReaderTests
{
    [Theory]
    [InlineData(MLPixelFormat.Bgra32, 1, 1)]
    [InlineData(MLPixelFormat.Rgba32, 1, 1)]
    [InlineData(MLPixelFormat.Bgra32, 7, 5)]
    [InlineData(MLPixelFormat.Rgba32, 7, 5)]
    [InlineData(MLPixelFormat.Bgra32, 16, 16)]
    public void Images_of_the_right_size_become_planes(MLPixelFormat format, int height, int width)
    {
        var planes = RandomPlanes(height, width);
        using var image = ColourPictures.ToImage(planes, height, width, format);
        Assert.Equal(planes, Read(image, height, width, ImageFit.CenterCrop));
    }

    [Fact]
    public void Centre_crop_cuts_the_sides_off()
    {
        var planes = RandomPlanes(4, 9);
        using var image = ColourPictures.ToImage(planes, 4, 9);
        var found = Read(image, 4, 4, ImageFit.CenterCrop);
        // (9 − 4) / 2 = 2 columns on the left.
        for (var i = 0; i < found.Length; i++)
        {
            Assert.Equal(planes[(i / 4 * 9) + 2 + (i % 4)], found[i]);
        }
    }

    [Fact]
    public void Centre_crop_cuts_before_it_resizes()
    {
        var planes = RandomPlanes(12, 6);
        using var image = ColourPictures.ToImage(planes, 12, 6);
        var cropped = Enumerable.Range(0, 3 * 6 * 6).Select(i => planes[(i / 36 * 72) + ((3 + (i % 36 / 6)) * 6) + (i % 6)]).ToArray();
        Assert.Equal(Resize(cropped, 6, 6, 3, 3), Read(image, 3, 3, ImageFit.CenterCrop));
    }

    [Fact]
    public void Stretch_uses_the_whole_image()
    {
        var planes = RandomPlanes(12, 6);
        using var image = ColourPictures.ToImage(planes, 12, 6);
        Assert.Equal(Resize(planes, 12, 6, 5, 5), Read(image, 5, 5, ImageFit.Stretch));
    }

    [Theory]
    [InlineData(MLPixelFormat.Bgra32, 40, 2100, 24, 16)]
    [InlineData(MLPixelFormat.Rgba32, 40, 2100, 24, 16)]
    [InlineData(MLPixelFormat.Bgra32, 300, 45, 9, 30)]
    public void Large_images_are_resized_as_their_planes_would_be(MLPixelFormat format, int height, int width, int targetHeight, int targetWidth)
    {
        var planes = RandomPlanes(height, width);
        using var image = ColourPictures.ToImage(planes, height, width, format);
        Assert.Equal(Resize(planes, height, width, targetHeight, targetWidth), Read(image, targetHeight, targetWidth, ImageFit.Stretch));
    }

    [Fact]
    public void One_reader_takes_images_of_many_sizes()
    {
        var reader = new PixelReader(8, 8, ImageFit.Stretch);
        var random = new Random(2);
        for (var i = 0; i < 100; i++)
        {
            var (height, width) = (random.Next(1, 30), random.Next(1, 30));
            var planes = RandomPlanes(height, width);
            using var image = ColourPictures.ToImage(planes, height, width);
            var found = new float[3 * 8 * 8];
            reader.Read(image, found);
            Assert.Equal(Resize(planes, height, width, 8, 8), found);
        }
    }

    private static float[] Read(MLImage image, int height, int width, ImageFit fit)
    {
        var target = new float[3 * height * width];
        new PixelReader(height, width, fit).Read(image, target);
        return target;
    }

    private static float[] Resize(float[] planes, int height, int width, int targetHeight, int targetWidth)
    {
        var resizer = new ImageResizer(height, width, targetHeight, targetWidth);
        var target = new float[3 * targetHeight * targetWidth];
        resizer.Resize(planes, target, TargetPlane.Rgb, new float[resizer.ScratchLength]);
        return target;
    }

    private static float[] RandomPlanes(int height, int width)
    {
        var random = new Random((height * 100) + width);
        return Enumerable.Range(0, 3 * height * width).Select(_ => (float)random.Next(256)).ToArray();
    }
}
