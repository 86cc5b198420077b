using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>A row for each detection; an image without any has none.</summary>
/// <param name="request">What is asked for.</param>
internal sealed class BoxScores(ScoreRequest request) : ScoreTable(request)
{
    private readonly IReadOnlyList<string> _classes = request.Fitted.Classes;

    protected override IReadOnlyList<string> Columns { get; } = ["Path", "Class", "Score", "X0", "Y0", "X1", "Y1", "Route", "Cost"];

    protected override IReadOnlyList<string> Sources => ["PredictedBoundingBoxes", "PredictedLabel", "Score"];

    protected override IEnumerable<string> Row(string name, string route, string cost, string[] answer) => [name, .. answer, route, cost];

    protected override Func<IEnumerable<string[]>> Open(DataViewRowCursor cursor)
    {
        ValueGetter<VBuffer<float>> getBoxes = cursor.GetGetter<VBuffer<float>>(cursor.Schema["PredictedBoundingBoxes"]);
        ValueGetter<VBuffer<uint>> getLabels = cursor.GetGetter<VBuffer<uint>>(cursor.Schema["PredictedLabel"]);
        ValueGetter<VBuffer<float>> getScores = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        VBuffer<float> boxes = default, scores = default;
        VBuffer<uint> labels = default;
        return () =>
        {
            getBoxes(ref boxes);
            getLabels(ref labels);
            getScores(ref scores);
            float[] corners = [.. boxes.DenseValues()], values = [.. scores.DenseValues()];
            return labels.DenseValues().Select((key, i) => new[]
            {
                _classes[(int)key - 1], Number(values[i]), Number(corners[4 * i]), Number(corners[(4 * i) + 1]), Number(corners[(4 * i) + 2]), Number(corners[(4 * i) + 3]),
            }).ToArray();
        };
    }
}
