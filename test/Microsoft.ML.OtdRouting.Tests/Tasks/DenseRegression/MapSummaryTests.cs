using Microsoft.ML.OtdRouting.Tasks.DenseRegression;

namespace Microsoft.ML.OtdRouting.Tests.Tasks.DenseRegression;

public class MapSummaryTests
{
    [Fact]
    public void Planes_are_smooth_and_edges_are_rough_in_their_cell()
    {
        const int Height = 12, Width = 20;
        var summary = new MapSummary(Height, Width, isOfRatios: false);
        var plane = Enumerable.Range(0, Height * Width).Select(i => 3 + (0.5f * (i / Width)) - (0.25f * (i % Width))).ToArray();
        var features = new float[summary.Length];
        summary.Describe(plane, features);
        Assert.Equal(16, summary.Cells);
        Assert.All(features[16..32], f => Assert.Equal(0, f, 1e-5f));
        Assert.Equal(plane.Average(), features[32], 1e-4f);
        Assert.Equal(MathF.Sqrt(plane.Average(v => MathF.Pow(v - plane.Average(), 2))), features[33], 1e-4f);
        // All steps of a plane are the same; the last row and column have none.
        Assert.Equal(((0.5f * (Height - 1) / Height) + (0.25f * (Width - 1) / Width)), features[34], 1e-4f);
        Assert.Equal(Enumerable.Range(0, 3).SelectMany(y => Enumerable.Range(0, 5).Select(x => plane[(y * Width) + x])).Average(), features[0], 1e-4f);

        plane[(4 * Width) + 12] += 5;
        summary.Describe(plane, features);
        Assert.Equal(1 * 4 + 2, features[16..32].ToList().IndexOf(features[16..32].Max()));
        Assert.Equal(MathF.Log(features[35] + MapSummary.Least), summary.LogRoughness(features));
        Assert.True(features[35] > 0.1f);
    }

    [Fact]
    public void Ratios_are_described_by_logarithms_and_small_maps_by_fewer_cells()
    {
        var summary = new MapSummary(2, 3, isOfRatios: true);
        var features = new float[summary.Length];
        summary.Describe([1, 2, 4, 1, 2, -4], features);
        Assert.Equal((2 * 6) + MapSummary.Wholes, summary.Length);
        Assert.Equal(0, features[0]);
        Assert.Equal(MathF.Log(4), features[2], 1e-6f);
        Assert.Equal(MathF.Log(MapSummary.Least), features[5]);
    }
}
