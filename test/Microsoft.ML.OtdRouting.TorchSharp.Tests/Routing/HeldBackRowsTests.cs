using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Training.Routing;

namespace Microsoft.ML.OtdRouting.Training.Tests.Routing;

public class HeldBackRowsTests
{
    private const int Count = 8000;

    [Theory]
    [InlineData(0.05)]
    [InlineData(1 / 11.0)]
    [InlineData(0.1)]
    [InlineData(0.2)]
    [InlineData(0.5)]
    public void A_router_finds_all_its_folds_and_both_parts_of_a_promise_among_them(double fraction)
    {
        var random = new Random(5);
        var images = Enumerable.Range(0, Count).Select(_ => Enumerable.Range(0, 2352).Select(_ => (float)random.Next(256)).ToArray()).ToList();
        var keptBack = images.Where(p => HeldBackRows.Contain(p, fraction)).ToList();
        Assert.Equal(fraction, keptBack.Count / (double)Count, 0.015);
        var places = keptBack.ConvertAll(p => RowPlace.Of(p, 5));
        Assert.All(Enumerable.Range(0, 5), fold => Assert.InRange(places.Count(p => p.Fold == fold) * 5.0 / places.Count, 0.65, 1.35));
        Assert.All(new[] { 0, 1, 2, 42 }, seed => Assert.Equal(0.5, places.Count(p => p.Draw(seed) < 0.5) / (double)places.Count, 0.1));
    }

    [Fact]
    public void None_and_all_are_possible()
    {
        Assert.False(HeldBackRows.Contain([1, 2, 3], 0));
        Assert.True(HeldBackRows.Contain([1, 2, 3], 1));
    }
}
