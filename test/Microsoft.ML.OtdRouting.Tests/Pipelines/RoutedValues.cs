using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tests.Pipelines;

/// <summary>The router's columns of a view, row by row.</summary>
/// <param name="Scores">Probabilities.</param>
/// <param name="PredictedKeys">Keys, counted from 1.</param>
/// <param name="Routes">Keys, counted from 1.</param>
/// <param name="RouteScores">What each route is worth.</param>
/// <param name="Costs">FLOPs.</param>
internal sealed record RoutedValues(
    IReadOnlyList<float[]> Scores, IReadOnlyList<uint> PredictedKeys, IReadOnlyList<uint> Routes, IReadOnlyList<float[]> RouteScores, IReadOnlyList<float> Costs)
{
    public int Rows => Routes.Count;

    public static RoutedValues Read(IDataView view)
    {
        using var cursor = view.GetRowCursor(view.Schema.Where(c => c.Name is "Score" or "PredictedLabel" or "Route" or "RouteScores" or "Cost"));
        return Read(cursor);
    }

    public static RoutedValues Read(DataViewRowCursor cursor)
    {
        var score = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        var predicted = cursor.GetGetter<uint>(cursor.Schema["PredictedLabel"]);
        var route = cursor.GetGetter<uint>(cursor.Schema["Route"]);
        var routeScores = cursor.GetGetter<VBuffer<float>>(cursor.Schema["RouteScores"]);
        var cost = cursor.GetGetter<float>(cursor.Schema["Cost"]);
        var (scores, keys, routes, worths, costs) = (new List<float[]>(), new List<uint>(), new List<uint>(), new List<float[]>(), new List<float>());
        VBuffer<float> vector = default;
        uint key = 0;
        var number = 0f;
        while (cursor.MoveNext())
        {
            score(ref vector);
            scores.Add(vector.DenseValues().ToArray());
            predicted(ref key);
            keys.Add(key);
            route(ref key);
            routes.Add(key);
            routeScores(ref vector);
            worths.Add(vector.DenseValues().ToArray());
            cost(ref number);
            costs.Add(number);
        }

        return new RoutedValues(scores, keys, routes, worths, costs);
    }

    /// <summary>Asserts that two runs are the same, bit for bit.</summary>
    public static void AssertSame(RoutedValues expected, RoutedValues found)
    {
        Assert.Equal(expected.Routes, found.Routes);
        Assert.Equal(expected.PredictedKeys, found.PredictedKeys);
        Assert.Equal(expected.Costs, found.Costs);
        Assert.Equal(expected.RouteScores, found.RouteScores);
        Assert.Equal(expected.Scores, found.Scores);
    }
}
