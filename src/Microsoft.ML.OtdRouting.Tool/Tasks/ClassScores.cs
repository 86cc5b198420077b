using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>The most probable classes of each image.</summary>
/// <param name="request">What is asked for.</param>
/// <param name="top">Classes a row.</param>
internal sealed class ClassScores(ScoreRequest request, int top) : ScoreTable(request)
{
    private readonly IReadOnlyList<string> _classes = request.Fitted.Classes;

    protected override IReadOnlyList<string> Columns { get; } =
        ["Path", "PredictedLabel", "Route", "Cost", .. Enumerable.Range(1, top).SelectMany(i => new[] { $"Label{i}", $"Score{i}" })];

    protected override IReadOnlyList<string> Sources => ["Score"];

    protected override IEnumerable<string> Row(string name, string route, string cost, string[] answer) => [name, answer[0], route, cost, .. answer];

    protected override Func<IEnumerable<string[]>> Open(DataViewRowCursor cursor)
    {
        ValueGetter<VBuffer<float>> getScore = cursor.GetGetter<VBuffer<float>>(cursor.Schema["Score"]);
        VBuffer<float> score = default;
        int[] order = new int[_classes.Count];
        float[] scores = new float[order.Length];
        return () =>
        {
            getScore(ref score);
            score.CopyTo(scores);
            Sort(scores, order);
            return [[.. order.Take(top).SelectMany(c => new[] { _classes[c], Number(scores[c]) })]];
        };
    }

    /// <summary>Classes in descending order of their scores; of equal ones, the first first.</summary>
    private static void Sort(float[] scores, int[] order)
    {
        for (int c = 0; c < order.Length; c++)
        {
            order[c] = c;
        }

        Array.Sort(order, (a, b) => scores[a] == scores[b] ? a.CompareTo(b) : scores[b].CompareTo(scores[a]));
    }
}
