using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

public class KeptPointsTests
{
    [Theory]
    [InlineData(144, 192, 512)]
    [InlineData(480, 640, 512)]
    [InlineData(12, 1000, 64)]
    [InlineData(1000, 3, 100)]
    [InlineData(1, 5000, 16)]
    [InlineData(23, 23, 528)]
    public void One_pixel_of_every_cell_is_kept(int height, int width, int most)
    {
        var points = KeptPoints.Choose(height, width, most);
        Assert.Equal(points, KeptPoints.Choose(height, width, most));
        Assert.InRange(points.Length, most / 2, most);
        Assert.Equal(points.Length, points.Distinct().Count());
        Assert.All(points, p => Assert.InRange(p, 0, (height * width) - 1));
        // The pixels stand for the whole: a plane has its mean in them, nearly.
        Assert.InRange(points.Average(p => (p / width) + 0.5) / height, 0.45, 0.55);
        Assert.InRange(points.Average(p => (p % width) + 0.5) / width, 0.45, 0.55);
    }

    [Fact]
    public void All_pixels_of_a_small_map_are_kept() => Assert.Equal(Enumerable.Range(0, 192), KeptPoints.Choose(12, 16, 512));
}
