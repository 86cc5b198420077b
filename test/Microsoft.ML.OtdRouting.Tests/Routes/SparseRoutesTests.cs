using Microsoft.ML.OtdRouting.Routes;
using Microsoft.ML.OtdRouting.Tests.Pipelines;

namespace Microsoft.ML.OtdRouting.Tests.Routes;

public class SparseRoutesTests(ColourRouter colours) : IClassFixture<ColourRouter>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sets_that_share_images_are_found_and_no_others(bool cheapestAlwaysRuns)
    {
        // Of four resolutions, two images in three are served alike by the second and third, one in three by the fourth alone.
        const int Rows = 300;
        var losses = Enumerable.Range(0, Rows).SelectMany(row => row % 3 < 2 ? new[] { 1f, 0.01f, 0, 1 } : [1f, 1, 1, 0]).ToArray();
        var shares = SparseRoutes.Shares(losses, [1, 1.1, 1.1, 1.2], 3, cheapestAlwaysRuns, null, CancellationToken.None);
        var cheapest = cheapestAlwaysRuns ? 1u : 0;
        Assert.InRange(shares[0b0110 | cheapest], 0.6, 0.7);
        Assert.DoesNotContain(0b1010 | cheapest, shares.Keys);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sets_have_at_most_so_many_members(int members)
    {
        var random = new Random(4);
        var losses = Enumerable.Range(0, 400 * 7).Select(_ => random.NextSingle()).ToArray();
        var costs = Enumerable.Range(1, 7).Select(i => (double)i).ToArray();
        var weights = Enumerable.Range(0, 400).Select(i => i % 2 / 200.0).ToArray();
        foreach (var cheapestAlwaysRuns in new[] { false, true })
        {
            var shares = SparseRoutes.Shares(losses, costs, members, cheapestAlwaysRuns, weights, CancellationToken.None);
            Assert.All(shares.Keys, set => Assert.InRange(System.Numerics.BitOperations.PopCount(set), 1, members));
            Assert.All(shares.Keys, set => Assert.True(!cheapestAlwaysRuns || (set & 1) == 1));
        }
    }

    [Fact]
    public void A_router_of_sparse_routes_keeps_its_budget_and_its_limits()
    {
        foreach (var features in new[] { RoutingFeatures.LowestResolution, RoutingFeatures.Thumbnail() })
        {
            var options = colours.Options();
            options.RouteChoice = RouteChoice.Sparse;
            options.Features = features;
            options.MaxRouteSize = 2;
            options.PruneRoutes = false;
            using var router = colours.Fit(options).Router;
            Assert.InRange(router.Routes.Count, 2, 32);
            Assert.All(router.Routes, r => Assert.InRange(r.Resolutions.Count, 1, 2));
            Assert.Equal(router.Routes.Count, router.Routes.Select(r => r.Name).Distinct().Count());
            Assert.Equal(router.Routes.Select(r => r.Cost).Order(), router.Routes.Select(r => r.Cost));
            var metrics = colours.Context.OtdRouting().Evaluate(router.Transform(colours.Test()), "Key");
            Assert.InRange(metrics.MeanCost, 0, metrics.Budget + (4 * metrics.CostStandardError));
        }
    }

    [Fact]
    public void A_prior_with_a_number_for_every_route_is_refused()
    {
        var options = colours.Options();
        options.RouteChoice = RouteChoice.Sparse;
        options.Prior = RoutingPrior.Explicit([0.5, 0.5]);
        Assert.Contains("the routes are not known ahead", Assert.Throws<ArgumentException>(() => colours.Fit(options)).Message);
        options.RouteChoice = (RouteChoice)7;
        Assert.Contains("RouteChoice is 7", Assert.Throws<ArgumentOutOfRangeException>(() => colours.Fit(options)).Message);
    }
}
