using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Routes;

namespace Microsoft.ML.OtdRouting.Tests.Policies;

public class RoutePruningTests
{
    [Fact]
    public void ARouteThatCostsMoreAndIsNoBetterGoes()
    {
        // Route 1 is route 0 for twice the cost; route 2 halves the loss.
        var losses = Rows(400, row => [Difficulty(row), Difficulty(row), Difficulty(row) / 2]);
        var (kept, reasons) = Decide(losses, losses, [1, 2, 4]);
        Assert.Equal([0, 2], kept);
        Assert.Contains("r1", Assert.Single(reasons));
    }

    [Fact]
    public void ARouteOnTheFrontierStays()
    {
        var losses = Rows(400, row => [Difficulty(row), Difficulty(row) / 2, Difficulty(row) / 3]);
        Assert.Equal([0, 1, 2], Decide(losses, losses, [1, 2, 4]).Kept);
    }

    [Fact]
    public void ARouteThatIsWorseOnAverageStaysWhereSomeRowsNeedIt()
    {
        var losses = Rows(400, row => [0.5f, row % 4 == 0 ? 0.1f : 0.9f, 0.4f]);
        Assert.Equal([0, 1, 2], Decide(losses, losses, [1, 2, 4]).Kept);
    }

    [Fact]
    public void WhatPredictionsPromiseAndDoNotKeepGoes()
    {
        // Route 1 is predicted to be the best and is truly the worst: rows that choose it pay.
        var predicted = Rows(400, row => [0.5f, 0.1f, 0.3f]);
        var losses = Rows(400, row => [0.5f, 0.9f, 0.3f]);
        Assert.Equal([0, 2], Decide(predicted, losses, [1, 2, 4]).Kept);
    }

    [Fact]
    public void TheCheapestAndTheDearestStayWhateverTheyAreWorth()
    {
        var losses = Rows(100, row => [0.9f, 0.1f, 0.5f]);
        Assert.Equal([0, 1, 2], Decide(losses, losses, [1, 2, 4]).Kept);
        Assert.Equal([0, 1], Decide(Rows(100, _ => [0.1f, 0.9f]), Rows(100, _ => [0.1f, 0.9f]), [1, 2]).Kept);
    }

    [Fact]
    public void RowsWithoutWeightHaveNoSay()
    {
        var losses = Rows(400, row => [0.5f, row < 200 ? 0.1f : 0.5f, 0.4f]);
        var weights = Enumerable.Range(0, 400).Select(row => row < 200 ? 0.0 : 1.0 / 200).ToArray();
        Assert.Equal([0, 2], RoutePruning.Decide(new RouteTable(losses, 3), new RouteTable(losses, 3), weights, new PredictedLosses(losses, [1, 2, 4]).Routes).Kept);
    }

    private static float Difficulty(int row) => (row % 10) / 10f;

    private static (IReadOnlyList<int> Kept, IReadOnlyList<string> Reasons) Decide(float[] predicted, float[] losses, double[] costs) =>
        RoutePruning.Decide(
            new RouteTable(predicted, costs.Length), new RouteTable(losses, costs.Length), null, new PredictedLosses(losses, costs).Routes);

    private static float[] Rows(int rows, Func<int, float[]> row) => Enumerable.Range(0, rows).SelectMany(row).ToArray();
}
