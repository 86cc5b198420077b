using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Report;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace Microsoft.ML.OtdRouting.Tool.Tests.Report;

public sealed class ThumbnailsTests
{
    [Fact]
    public void Each_picture_has_its_own_shape_and_the_size_of_its_source()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("otd-pictures-");
        try
        {
            string wide = Path.Combine(folder.FullName, "wide.png"), high = Path.Combine(folder.FullName, "high.png");
            Picture(300, 100, wide);
            Picture(20, 30, high);
            IReadOnlyList<Thumbnail> made = new Thumbnails(new MLContext(1), new ImageDecoder(), 64).Make([wide, high, wide], image => ThumbnailShape.Whole(image, 90));
            Assert.Equal([(300, 100), (20, 30), (300, 100)], made.Select(t => (t.SourceWidth, t.SourceHeight)));
            Assert.Equal(["data:image/jpeg", "data:image/png;", "data:image/jpeg"], made.Select(t => t.Uri[..15]));
            Assert.Equal([(90, 30), (20, 30), (90, 30)], made.Select(t => Size(t.Uri)));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(ImageFit.CenterCrop, ResizingKind.IsoCrop)]
    [InlineData(ImageFit.Stretch, ResizingKind.Fill)]
    [InlineData(ImageFit.Letterbox, ResizingKind.IsoPad)]
    public void What_a_router_sees_has_the_proportions_of_its_resolution(ImageFit fit, ResizingKind kind)
    {
        Assert.Equal(new ThumbnailShape(104, 78, kind), ThumbnailShape.Seen(fit, new Resolution("m.onnx", 144, 192), 104));
        Assert.Equal(new ThumbnailShape(48, 64, kind), ThumbnailShape.Seen(fit, new Resolution("m.onnx", 64, 48), 104));
    }

    private static void Picture(int width, int height, string file)
    {
        using MLImage image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, Enumerable.Repeat((byte)200, 4 * width * height).ToArray());
        image.Save(file);
    }

    private static (int Width, int Height) Size(string uri)
    {
        using MemoryStream stream = new(Convert.FromBase64String(uri[(uri.IndexOf(',') + 1)..]));
        using MLImage image = MLImage.CreateFromStream(stream);
        return (image.Width, image.Height);
    }
}
