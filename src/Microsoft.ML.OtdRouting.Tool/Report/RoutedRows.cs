using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>What became of every test image, in the order of the images.</summary>
/// <param name="Route">Index of the route that it took.</param>
/// <param name="Truth">Index of its class.</param>
/// <param name="Predicted">Index of the class that it was taken for.</param>
/// <param name="Probability">Probability of that class.</param>
/// <param name="PredictedLoss">Predicted loss on the route that it took.</param>
internal sealed record RoutedRows(int[] Route, int[] Truth, int[] Predicted, float[] Probability, float[] PredictedLoss)
{
    /// <summary>Number of images.</summary>
    public int Count => Route.Length;

    /// <summary>Whether an image was taken for what it is.</summary>
    public bool IsRight(int row) => Truth[row] == Predicted[row];

    /// <summary>Reads the columns that a router made.</summary>
    /// <param name="scored">The router's output.</param>
    /// <param name="labelColumn">Key column with the labels; its keys are those of the predictions. Null where answers are no classes: there is only the route then.</param>
    /// <param name="prices">Price of every route: a route's score is its price minus its predicted loss.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static RoutedRows Read(IDataView scored, string? labelColumn, IReadOnlyList<float> prices, CancellationToken cancellation)
    {
        if (labelColumn is null)
        {
            int[] taken = [.. scored.GetColumn<uint>("Route").Select(key => (int)key - 1)];
            int[] none = [.. taken.Select(_ => -1)];
            return new RoutedRows(taken, none, none, new float[taken.Length], new float[taken.Length]);
        }

        List<int> routes = [], truths = [], predictions = [];
        List<float> probabilities = [], predictedLosses = [];
        DataViewSchema schema = scored.Schema;
        using DataViewRowCursor cursor = scored.GetRowCursor(
            [schema["Route"], schema[labelColumn], schema["PredictedLabel"], schema["Score"], schema["RouteScores"]]);
        ValueGetter<uint> getRoute = cursor.GetGetter<uint>(schema["Route"]);
        ValueGetter<uint> getTruth = cursor.GetGetter<uint>(schema[labelColumn]);
        ValueGetter<uint> getPrediction = cursor.GetGetter<uint>(schema["PredictedLabel"]);
        ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(schema["Score"]);
        ValueGetter<VBuffer<float>> getRouteScores = cursor.GetGetter<VBuffer<float>>(schema["RouteScores"]);
        uint key = 0;
        VBuffer<float> scores = default, routeScores = default;
        while (cursor.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            getRoute(ref key);
            int route = (int)key - 1;
            getTruth(ref key);
            int truth = (int)key - 1;
            getPrediction(ref key);
            int prediction = (int)key - 1;
            getScores(ref scores);
            getRouteScores(ref routeScores);
            routes.Add(route);
            truths.Add(truth);
            predictions.Add(prediction);
            probabilities.Add(scores.GetItemOrDefault(prediction));
            predictedLosses.Add(prices[route] - routeScores.GetItemOrDefault(route));
        }

        return new RoutedRows([.. routes], [.. truths], [.. predictions], [.. probabilities], [.. predictedLosses]);
    }
}
