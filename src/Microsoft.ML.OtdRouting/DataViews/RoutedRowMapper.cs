using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Routes one row at a time: what a prediction engine uses.</summary>
internal sealed class RoutedRowMapper(RoutedSchema schema, RoutedScorer scorer, RoutedColumns columns, RowFailures failures) : IRowToRowMapper
{
    public DataViewSchema InputSchema => schema.Input;

    public DataViewSchema OutputSchema => schema.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        schema.Dependencies(dependingColumns);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new RoutedRow(input, schema, scorer, columns, failures, activeColumns);
}
