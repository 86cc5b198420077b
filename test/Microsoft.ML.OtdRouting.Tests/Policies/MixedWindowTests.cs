using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

/// <summary>Windows of a policy with two parts.</summary>
public class MixedWindowTests
{
    private const int Rows = 3000;

    /// <summary>Costs of the routes of both parts.</summary>
    private static readonly Dictionary<string, (double[] First, double[] Second)> Cases = new()
    {
        ["one and several"] = ([15], [24, 30, 54, 71]),
        ["several and one"] = ([5, 20, 40], [60]),
        ["one and few far apart"] = ([1], [10, 100]),
        ["one each"] = ([15], [60]),
        ["several each"] = ([5, 15, 34, 52], [24, 42, 71]),
    };

    public static TheoryData<string, int> Windows
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in Cases.Keys)
            {
                foreach (var window in new[] { 1, 7, 64, 256 })
                {
                    data.Add(name, window);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Windows))]
    public void The_cumulative_cost_stays_within_one_dearest_row_of_the_budget_and_parts_get_their_rows(string name, int window)
    {
        foreach (var share in new[] { 0.03, 0.3, 0.5, 0.77, 0.98 })
        {
            foreach (var within in new[] { 0.3, 0.9 })
            {
                var mix = Mix(name, share, within);
                var dearest = mix.Routes[^1].Cost;
                var (cost, worst, first) = (0.0, 0.0, 0);
                Run(mix, window, Rows, seed: 1, (row, part, route) =>
                {
                    Assert.Equal(part, mix.Locate(route).Part);
                    cost += mix.Routes[route].Cost;
                    first += part == 0 ? 1 : 0;
                    if ((row + 1) % window == 0)
                    {
                        worst = Math.Max(worst, Math.Abs(cost - ((row + 1) * mix.MeanCost)));
                        Assert.InRange(first - (share * (row + 1)), -1, 1);
                    }
                });
                Assert.True(worst <= dearest * (1 + 1e-9), $"off by {worst:F2}, with a dearest row of {dearest}, a share of {share} and budgets at {within}");
            }
        }
    }

    [Fact]
    public void Rows_of_the_lowest_positions_go_to_the_first_part()
    {
        var assigner = RouteAssigner.Create(BudgetEnforcement.PerWindow, Mix("one and several", 0.5, 0.5));
        var parts = new int[6];
        assigner.AssignParts([60_000, 3, 500, 40_000, 2, 65_000], parts);
        Assert.Equal([1, 0, 0, 1, 0, 1], parts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    public void Later_rows_do_not_matter(int window)
    {
        foreach (var name in Cases.Keys)
        {
            int[] Routes(int rows)
            {
                var routes = new int[rows];
                Run(Mix(name, 0.4, 0.5), window, rows, seed: 2, (row, _, route) => routes[row] = route);
                return routes;
            }

            Assert.Equal(Routes(1000)[..512], Routes(640)[..512]);
        }
    }

    [Fact]
    public void Rows_alone_go_where_their_positions_say()
    {
        var mix = Mix("several each", 0.3, 0.5);
        var assigner = RouteAssigner.Create(BudgetEnforcement.Calibrated, mix);
        var parts = new int[3];
        assigner.AssignParts([0, mix.EndOf(0) - 1, mix.EndOf(0)], parts);
        Assert.Equal([0, 0, 1], parts);
    }

    /// <summary>Losses grow threefold and all but vanish by turns, and positions lie in one half: shares and prices both have something to make up for.</summary>
    [Theory]
    [MemberData(nameof(Windows))]
    public void A_controller_keeps_the_cost_of_a_mix_within_its_bound_and_a_window(string name, int window)
    {
        foreach (var within in new[] { 0.3, 0.9 })
        {
            var mix = Mix(name, 0.5, within);
            var dearest = mix.Routes[^1].Cost;
            var controller = new BudgetController(mix.MeanCost, dearest, -0.4, 0.4);
            var (cost, lowest, highest, first) = (0.0, 0.0, 0.0, 0);
            Run(mix, window, Rows, seed: 3, (_, part, route) =>
            {
                Assert.Equal(part, mix.Locate(route).Part);
                cost += mix.Routes[route].Cost - mix.MeanCost;
                (lowest, highest) = (Math.Min(lowest, cost), Math.Max(highest, cost));
                first += part == 0 ? 1 : 0;
            }, RouteAssigner.Create(BudgetEnforcement.Controlled, mix, controller), row => row / 500 % 2 == 0 ? 3 : 0.1f, (int)RowPlace.Modulus / 2);
            Assert.InRange(highest - lowest, 0, controller.DeviationBound(1) + (window * dearest));
            // By their positions alone all rows but a few would be the first part's.
            Assert.True(name != "one each" || first < 0.6 * Rows, $"{first} rows went to the first part");
        }
    }

    private static PolicyMix Mix(string name, double share, double within)
    {
        var (first, second) = Cases[name];
        return new PolicyMix([Part(first, 0, share, within), Part(second, first.Length, 1 - share, within)], 1e9);
    }

    /// <summary>A part whose budget lies between the costs of its cheapest and its dearest route.</summary>
    private static PolicyPart Part(double[] costs, int number, double share, double within)
    {
        var names = Enumerable.Range(0, number + costs.Length).Select(i => $"r{i}").ToArray();
        var routes = costs.Select((c, k) => new Route([number + k], names, c)).ToList();
        var prices = costs.Length == 1
            ? PriceFit.OfOne(routes[0], 1000, null)
            : PriceFit.Solve(
                new RouteTable(new PredictedLosses(1000, costs, seed: number + 3).Losses, costs.Length),
                routes,
                RoutingPrior.BudgetOnly(),
                costs[0] + (within * (costs[^1] - costs[0])),
                null,
                CancellationToken.None);
        return new PolicyPart(new RoutingPolicy([], prices), routes, share);
    }

    /// <summary>Lets an assigner run over rows as a cursor does.</summary>
    private static void Run(
        PolicyMix mix, int window, int rows, int seed, Action<int, int, int> visit, RouteAssigner? assigner = null, Func<int, float>? scale = null, int positionEnd = (int)RowPlace.Modulus)
    {
        assigner ??= RouteAssigner.Create(BudgetEnforcement.PerWindow, mix);
        var losses = mix.Parts.Select((p, i) => new PredictedLosses(Rows, p.Routes.Select(r => r.Cost).ToArray(), seed + (10 * i)).Losses).ToArray();
        var positions = new Random(seed).GetItems(Enumerable.Range(0, positionEnd).ToArray(), Rows);
        var count = mix.Routes.Count;
        for (var start = 0; start < rows; start += window)
        {
            var routes = new int[Math.Min(window, rows - start)];
            var parts = new int[routes.Length];
            assigner.AssignParts(positions.AsSpan(start, routes.Length), parts);
            var scores = new float[routes.Length * count];
            Array.Fill(scores, float.NegativeInfinity);
            for (var i = 0; i < routes.Length; i++)
            {
                var places = mix.PlacesOf(parts[i]);
                for (var k = 0; k < places.Count; k++)
                {
                    scores[(i * count) + places[k]] = mix.Prices[places[k]] - ((scale?.Invoke(start + i) ?? 1) * losses[parts[i]][((start + i) * places.Count) + k]);
                }
            }

            assigner.Assign(scores, parts, routes);
            for (var i = 0; i < routes.Length; i++)
            {
                visit(start + i, parts[i], routes[i]);
            }
        }
    }
}
