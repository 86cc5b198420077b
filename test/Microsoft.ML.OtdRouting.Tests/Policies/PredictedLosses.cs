using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

/// <summary>Predicted losses of rows of varying difficulty, on routes that are the better the more they cost.</summary>
internal sealed class PredictedLosses
{
    public PredictedLosses(float[] losses, double[] costs)
    {
        Losses = losses;
        Rows = losses.Length / costs.Length;
        Routes = costs.Select((c, k) => new Route([k], Enumerable.Range(0, costs.Length).Select(i => $"r{i}").ToArray(), c)).ToList();
    }

    public PredictedLosses(int rows, double[] costs, int seed)
        : this(Draw(rows, costs, new Random(seed)), costs)
    {
    }

    public int Rows { get; }

    public float[] Losses { get; }

    public IReadOnlyList<Route> Routes { get; }

    public PriceCalibration Calibrate(RoutingPrior prior, double budget) =>
        PriceFit.Solve(new RouteTable(Losses, Routes.Count), Routes, prior, budget, null, CancellationToken.None);

    /// <summary>A policy of all routes.</summary>
    public PolicyMix Policy(PriceCalibration calibration) => new([new PolicyPart(new RoutingPolicy([], calibration), Routes, 1)], calibration.Budget);

    /// <summary>Lets an assigner run over the rows, as a cursor does.</summary>
    public void Run(RouteAssigner assigner, PriceCalibration calibration, int window, Action<int, int> visit, int? rows = null)
    {
        var count = Routes.Count;
        for (var start = 0; start < (rows ?? Rows); start += window)
        {
            var routes = new int[Math.Min(window, (rows ?? Rows) - start)];
            var scores = new float[routes.Length * count];
            for (var i = 0; i < scores.Length; i++)
            {
                scores[i] = calibration.Prices[i % count] - Losses[(start * count) + i];
            }

            var parts = new int[routes.Length];
            assigner.AssignParts(new int[routes.Length], parts);
            assigner.Assign(scores, parts, routes);
            for (var i = 0; i < routes.Length; i++)
            {
                visit(start + i, routes[i]);
            }
        }
    }

    private static float[] Draw(int rows, double[] costs, Random random)
    {
        var losses = new float[rows * costs.Length];
        for (var row = 0; row < rows; row++)
        {
            var difficulty = Math.Pow(random.NextDouble(), 3);
            for (var k = 0; k < costs.Length; k++)
            {
                losses[(row * costs.Length) + k] = (float)(difficulty * Math.Exp(-2 * costs[k] / costs[^1]) + (0.05 * random.NextDouble() * difficulty));
            }
        }

        return losses;
    }
}
