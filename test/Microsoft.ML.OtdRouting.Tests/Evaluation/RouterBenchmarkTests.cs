using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Evaluation;

/// <summary>What a benchmark counts; how fast anything is, is not for tests.</summary>
public class RouterBenchmarkTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Fact]
    public void Counts_what_the_router_does_on_the_same_images()
    {
        // As many images as one window holds: every window is the same, so shares and cost are those of one pass.
        var rows = colours.Test(256);
        var benchmark = colours.Context.OtdRouting().Benchmark(colours.Router, rows);
        var metrics = colours.Context.OtdRouting().Evaluate(colours.Router.Transform(rows), ColourRouter.Keyed);
        Assert.Equal(5 * 2048, benchmark.Rows);
        Assert.Equal(metrics.MeanCost, benchmark.MeanCost, metrics.MeanCost * 1e-6);
        Assert.Equal(colours.Resolutions.Count, benchmark.Resolutions.Count);
        var shares = colours.Router.Routes.Select((r, k) => (r.Resolutions, Share: metrics.RouteShares[k])).ToList();
        for (var r = 0; r < benchmark.ResolutionShares.Count; r++)
        {
            Assert.Equal(shares.Where(s => s.Resolutions.Contains(r)).Sum(s => s.Share), benchmark.ResolutionShares[r], 1e-9);
        }
    }

    [Fact]
    public void Times_are_positive_and_parts_of_the_whole()
    {
        var seen = new List<(int Done, int Total)>();
        var benchmark = colours.Context.OtdRouting().Benchmark(colours.Router, colours.Test(20), new Recorder(seen));
        Assert.Equal(Enumerable.Range(1, 6).Select(i => (i, 6)), seen);
        Assert.All(
            [
                benchmark.RoutedImagesPerSecond, benchmark.OneByOneImagesPerSecond, benchmark.OfTimeLimit, benchmark.OfFlopsLimit, benchmark.PolicyShare,
                benchmark.PoolingShare, benchmark.ResizingShare, benchmark.OfProcessorLimit, .. benchmark.Resolutions.Select(r => r.ImagesPerSecond),
            ],
            value => Assert.True(value > 0 && double.IsFinite(value), $"{value}"));
    }

    [Fact]
    public void Errors()
    {
        var catalog = colours.Context.OtdRouting();
        Assert.Contains("empty", Assert.Throws<InvalidOperationException>(() => catalog.Benchmark(colours.Router, colours.Test(0))).Message);
        Assert.Throws<OperationCanceledException>(() => catalog.Benchmark(colours.Router, colours.Test(20), null, new CancellationToken(canceled: true)));
    }

    private sealed class Recorder(List<(int Done, int Total)> seen) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => seen.Add(value);
    }
}
