using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Measures a router from the columns that it made.</summary>
internal static class ScoredDataEvaluator
{
    public static OtdRoutingMetrics Evaluate(IDataView data, RoutingTask task, string routeColumnName)
    {
        var route = data.Schema.GetColumnOrNull(routeColumnName)
            ?? throw new ArgumentException($"There is no column '{routeColumnName}'; the columns are {string.Join(", ", data.Schema.Select(c => c.Name))}.");
        if (route.Annotations.Schema.GetColumnOrNull(RoutedSchema.RouteCostsKind) is null)
        {
            throw new ArgumentException($"Column '{routeColumnName}' was not made by a router: it has no annotation '{RoutedSchema.RouteCostsKind}'.");
        }

        var costs = Annotations.Read<VBuffer<double>>(route, RoutedSchema.RouteCostsKind).DenseValues().ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        route.GetKeyValues(ref names);
        var (counts, missing) = Count(data, route, costs.Length);
        return counts.Sum() == 0
            ? throw new InvalidOperationException(missing == 0
                ? "The data is empty: there is nothing to evaluate."
                : $"None of the {missing} rows has an answer: there is nothing to evaluate.")
            : new OtdRoutingMetrics(
                task.Evaluate(data),
                names.DenseValues().Select(n => n.ToString()).ToArray(),
                costs,
                counts,
                Annotations.Read<VBuffer<double>>(route, RoutedSchema.RouteSharesKind).DenseValues().ToArray(),
                Annotations.Read<double>(route, RoutedSchema.BudgetKind),
                Annotations.Read<long>(route, RoutedSchema.CalibrationRowsKind)) { MissingRows = missing };
    }

    /// <summary>Rows of every route, and those without one.</summary>
    private static (long[] Counts, long Missing) Count(IDataView data, DataViewSchema.Column route, int routes)
    {
        var (counts, missing) = (new long[routes], 0L);
        using var cursor = data.GetRowCursor([route]);
        var getRoute = KeyColumn.CreateGetter(cursor, route);
        while (cursor.MoveNext())
        {
            if (getRoute() is >= 0 and var k)
            {
                counts[k]++;
            }
            else
            {
                missing++;
            }
        }

        return (counts, missing);
    }
}
