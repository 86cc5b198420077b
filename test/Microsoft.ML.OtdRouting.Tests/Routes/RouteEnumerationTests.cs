using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Routes;

public class RouteEnumerationTests
{
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly double[] Costs = [1, 2, 4];

    [Fact]
    public void Every_set_with_the_cheapest_in_order_of_cost()
    {
        var routes = RouteEnumeration.Enumerate(Names, Costs, 0, int.MaxValue);
        Assert.Equal(["a", "a+b", "a+c", "a+b+c"], routes.Select(r => r.Name));
        Assert.Equal([1.0, 3, 5, 7], routes.Select(r => r.Cost));
        Assert.Equal([0, 2], routes[2].Resolutions);
    }

    [Fact]
    public void A_later_first_look_leaves_the_cheaper_ones_out()
    {
        var routes = RouteEnumeration.Enumerate(Names, Costs, 1, int.MaxValue);
        Assert.Equal(["b", "b+c"], routes.Select(r => r.Name));
        Assert.Equal([1, 2], routes[1].Resolutions);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    public void No_more_members_than_asked_for(int members, int expected)
    {
        var routes = RouteEnumeration.Enumerate(Names, Costs, 0, members);
        Assert.Equal(expected, routes.Count);
        Assert.All(routes, r => Assert.InRange(r.Resolutions.Count, 1, members));
    }

    [Fact]
    public void At_most_thirty_two_routes_small_ones_first()
    {
        var names = Enumerable.Range(0, 10).Select(i => $"{i}").ToArray();
        var routes = RouteEnumeration.Enumerate(names, Enumerable.Range(1, 10).Select(i => (double)i).ToArray(), 0, int.MaxValue);
        Assert.Equal(32, routes.Count);
        Assert.Equal(9, routes.Count(r => r.Resolutions.Count == 2));
        Assert.Equal(routes.Select(r => r.Cost).Order(), routes.Select(r => r.Cost));
    }
}
