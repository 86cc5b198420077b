using Microsoft.ML.OtdRouting.Policies;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class ThumbnailFeaturesTests
{
    private const int Side = 16;

    [Fact]
    public void AFlatImageHasItsGreyValueAndNoGradients()
    {
        var features = Describe((_, _) => 51);
        Assert.All(features[..16], g => Assert.Equal(0.2f, g, 5));
        Assert.Equal(0.2f, features[16], 5);
        Assert.Equal(0, features[17], 3);
        Assert.All(features[^32..], h => Assert.Equal(0, h, 6));
    }

    [Fact]
    public void EdgesFallIntoTheSectorOfTheirDirection()
    {
        // Histograms of a quarter: 0 is a gradient along x; 4 is one along y, turned to the other half of the half-turn.
        var alongX = Describe((_, x) => 10 * x)[^32..];
        var alongY = Describe((y, _) => 10 * y)[^32..];
        Assert.True(alongX[0] > 0 && alongX[1..8].All(h => h == 0));
        Assert.True(alongY[3] > 0 && alongY[..8].Sum() == alongY[3]);
    }

    [Fact]
    public void TheSmallCopyIsAMeanOfCells()
    {
        var features = Describe((y, x) => y < 4 && x < 4 ? 255 : 0);
        Assert.Equal(1, features[0], 5);
        Assert.Equal(0, features[1], 5);
        Assert.Equal(0, features[4], 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(33)]
    public void SizesOutOfRangeAreRefused(int size) => Assert.Throws<ArgumentOutOfRangeException>(() => RoutingFeatures.Thumbnail(size));

    [Fact]
    public void ImagesSmallerThanTheCopyWork()
    {
        var extractor = new ThumbnailFeatures(3, 5, 8);
        var features = new float[extractor.Count];
        extractor.Describe(Enumerable.Range(0, 45).Select(i => (float)i).ToArray(), features);
        Assert.All(features, f => Assert.True(float.IsFinite(f)));
    }

    private static float[] Describe(Func<int, int, float> grey)
    {
        var pixels = new float[3 * Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = grey(i / Side % Side, i % Side);
        }

        var extractor = new ThumbnailFeatures(Side, Side, 4);
        var features = new float[extractor.Count];
        extractor.Describe(pixels, features);
        return features;
    }
}
