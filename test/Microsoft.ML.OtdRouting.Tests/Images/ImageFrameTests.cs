using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Images;
using Microsoft.ML.OtdRouting.Tests.Pictures;
using SkiaSharp;

namespace Microsoft.ML.OtdRouting.Tests.Images;

/// <summary>Where images lie in the pixels in which they are held: a bright square is found back at its place in the source.</summary>
public class ImageFrameTests
{
    [Theory]
    [InlineData(ImageFit.Letterbox, 60, 90)]
    [InlineData(ImageFit.Letterbox, 90, 60)]
    [InlineData(ImageFit.Letterbox, 17, 31)]
    [InlineData(ImageFit.Letterbox, 64, 64)]
    [InlineData(ImageFit.Letterbox, 32, 32)]
    [InlineData(ImageFit.Stretch, 60, 90)]
    [InlineData(ImageFit.CenterCrop, 60, 90)]
    [InlineData(ImageFit.CenterCrop, 90, 60)]
    public void A_square_is_mapped_back(ImageFit fit, int height, int width)
    {
        const int Side = 32;
        var (x0, y0, size) = (width / 2, height / 3, Math.Min(height, width) / 4);
        var source = new uint[height * width];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                source[(y * width) + x] = x >= x0 && x < x0 + size && y >= y0 && y < y0 + size ? 0xFFFFFFFF : 0xFF000000;
            }
        }

        var target = new float[3 * Side * Side];
        var frame = new PixelReader(Side, Side, fit).Read(MemoryMarshal.AsBytes<uint>(source), height, width, MLPixelFormat.Bgra32, target);
        Assert.Equal((width, height), (frame.SourceWidth, frame.SourceHeight));
        // The centre of brightness of what is not grey around the image.
        double sum = 0, atX = 0, atY = 0;
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++)
            {
                var (sx, sy) = frame.ToSource(x + 0.5f, y + 0.5f);
                if (sx < 0 || sy < 0 || sx > width || sy > height)
                {
                    Assert.Equal(114, target[(y * Side) + x]);
                    continue;
                }

                var bright = target[(y * Side) + x];
                (sum, atX, atY) = (sum + bright, atX + (bright * sx), atY + (bright * sy));
            }
        }

        Assert.Equal(x0 + (size / 2.0), atX / sum, 0.15);
        Assert.Equal(y0 + (size / 2.0), atY / sum, 0.15);
        // And its area is as large as it was.
        Assert.InRange(sum / 255 / frame.ScaleX / frame.ScaleY / (size * size), 0.97, 1.03);
        if (fit == ImageFit.Letterbox)
        {
            Assert.InRange(frame.ScaleX / frame.ScaleY, 0.97, 1.03);
        }
    }

    [Theory]
    [InlineData(1, 400, 200)]
    [InlineData(6, 200, 400)]
    public void Files_that_are_decoded_at_a_fraction_and_turned_have_the_frame_of_the_upright_whole(int orientation, int width, int height)
    {
        // A bright quarter, at the upper left of what is stored.
        var jpeg = ImageFiles.Encode(400, 200, (x, y) => x < 200 && y < 100 ? SKColors.White : SKColors.Black, SKEncodedImageFormat.Jpeg);
        var target = new float[3 * 32 * 32];
        var frame = new ImageDecoder(new ImageDecodingOptions { ScaledDecoding = true })
            .Read(orientation == 1 ? jpeg : ImageFiles.WithOrientation(jpeg, orientation), new PixelReader(32, 32, ImageFit.Letterbox), target);
        Assert.Equal((width, height), (frame.SourceWidth, frame.SourceHeight));
        Assert.Equal(0.08f, frame.ScaleX, 1e-3f);
        Assert.Equal(0.08f, frame.ScaleY, 1e-3f);
        double sum = 0, atX = 0, atY = 0;
        for (var i = 0; i < 32 * 32; i++)
        {
            var (x, y) = frame.ToSource((i % 32) + 0.5f, (i / 32) + 0.5f);
            if (x > 0 && y > 0 && x < width && y < height)
            {
                (sum, atX, atY) = (sum + target[i], atX + (target[i] * x), atY + (target[i] * y));
            }
        }

        // Turned clockwise, the upper left quarter is the upper right one.
        Assert.Equal(orientation == 1 ? 100 : 150, atX / sum, 4.0);
        Assert.Equal(orientation == 1 ? 50 : 100, atY / sum, 4.0);
    }

    [Fact]
    public void A_frame_of_a_smaller_decoding_is_that_of_the_whole()
    {
        var frame = new ImageFrame(50, 25, 0, 8, 0.64f, 0.64f).OfSource(100, 50);
        Assert.Equal((50, 25), frame.ToSource(16, 16));
    }
}
