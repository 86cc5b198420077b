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
        var counts = Count(data, route, costs.Length);
        return counts.Sum() == 0
            ? throw new InvalidOperationException("The data is empty: there is nothing to evaluate.")
            : new OtdRoutingMetrics(
                task.Evaluate(data),
                names.DenseValues().Select(n => n.ToString()).ToArray(),
                costs,
                counts,
                Annotations.Read<VBuffer<double>>(route, RoutedSchema.RouteSharesKind).DenseValues().ToArray(),
                Annotations.Read<double>(route, RoutedSchema.BudgetKind),
                Annotations.Read<long>(route, RoutedSchema.CalibrationRowsKind));
    }

    private static long[] Count(IDataView data, DataViewSchema.Column route, int routes)
    {
        var counts = new long[routes];
        using var cursor = data.GetRowCursor([route]);
        var getRoute = KeyColumn.CreateGetter(cursor, route);
        while (cursor.MoveNext())
        {
            counts[getRoute()]++;
        }

        return counts;
    }
}
