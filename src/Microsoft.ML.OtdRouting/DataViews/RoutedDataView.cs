using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>A lazy view: the input's columns and the router's. Nothing is read before a cursor is asked for a row.</summary>
internal sealed class RoutedDataView(
    IDataView input, RoutedSchema schema, RoutedScorer scorer, RoutedColumns columns, int windowSize, BudgetEnforcement enforcement, RowFailures failures)
    : IDataView
{
    public DataViewSchema Schema => schema.Output;

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.ToList();
        var cursor = input.GetRowCursor(schema.Dependencies(active), rand);
        // Shuffled rows cannot be found again by their position, so errors name the position alone.
        Func<long, string> describeRow = rand is null ? position => RowLocation.Describe(input, position) : position => $"Row {position} (shuffled)";
        return new RoutedCursor(cursor, schema, scorer, columns, active, windowSize, enforcement, failures, describeRow);
    }

    /// <summary>
    /// One cursor, however many are asked for: rows are batched by resolution inside it, and ONNX Runtime's own threads work on the batches.
    /// </summary>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
