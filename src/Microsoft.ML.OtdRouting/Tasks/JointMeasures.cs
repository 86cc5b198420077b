namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>
/// Measures of many rows together that are no means over the rows, such as COCO's average precision. Answers are made whenever they are measured: those of all
/// routes would take too much memory to keep.
/// </summary>
/// <param name="AnswerOf">The answer that a row (first) gets from a route (second), with what is true of the row.</param>
/// <param name="Measure">Measures answers, in the order of the rows.</param>
internal sealed record JointMeasures(Func<int, int, object> AnswerOf, Func<IEnumerable<object>, IReadOnlyList<TaskMeasure>> Measure)
{
    /// <summary>The measures of rows that go to routes.</summary>
    /// <param name="chosen">The route of every row.</param>
    public IReadOnlyList<TaskMeasure> Of(int[] chosen) => Measure(chosen.Select((route, row) => AnswerOf(row, route)));

    /// <summary>The measures of some of the routes.</summary>
    public JointMeasures Select(IReadOnlyList<int> routes) => this with { AnswerOf = (row, route) => AnswerOf(row, routes[route]) };

    /// <summary>The measures of some of the rows.</summary>
    public JointMeasures Take(IReadOnlyList<int> rows) => this with { AnswerOf = (row, route) => AnswerOf(rows[row], route) };

    /// <summary>The measures of routes of several parts on the same rows; null where the parts have none.</summary>
    public static JointMeasures? Join(IReadOnlyList<JointMeasures?> parts, IReadOnlyList<(int Part, int Route)> routes) => parts[0] is { } first
        ? first with { AnswerOf = (row, route) => parts[routes[route].Part]!.AnswerOf(row, routes[route].Route) }
        : null;
}
