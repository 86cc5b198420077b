namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>How often a class was taken for another, or for itself.</summary>
/// <param name="Truth">Index of the true class.</param>
/// <param name="Predicted">Index of the predicted class.</param>
/// <param name="Rows">Number of images.</param>
internal sealed record ConfusionCell(int Truth, int Predicted, int Rows)
{
    /// <summary>With more classes than this nobody reads a matrix: the page lists the most frequent mistakes.</summary>
    private const int MostClassesOfMatrix = 30;

    /// <summary>Length of that list, for each route.</summary>
    private const int MostMistakes = 50;

    /// <summary>Whether <see cref="Count"/> tells everything.</summary>
    public static bool IsWhole(int classes) => classes <= MostClassesOfMatrix;

    /// <summary>Counts the confusions of some images: all that occur, or the most frequent mistakes where there are many classes.</summary>
    public static IReadOnlyList<ConfusionCell> Count(RoutedRows rows, IEnumerable<int> chosen, int classes)
    {
        IEnumerable<ConfusionCell> cells = chosen
            .GroupBy(row => (rows.Truth[row], rows.Predicted[row]))
            .Select(group => new ConfusionCell(group.Key.Item1, group.Key.Item2, group.Count()));
        if (!IsWhole(classes))
        {
            cells = cells.Where(cell => cell.Truth != cell.Predicted)
                .OrderByDescending(cell => cell.Rows).ThenBy(cell => cell.Truth).ThenBy(cell => cell.Predicted)
                .Take(MostMistakes);
        }

        return [.. cells.OrderBy(cell => cell.Truth).ThenBy(cell => cell.Predicted)];
    }
}
