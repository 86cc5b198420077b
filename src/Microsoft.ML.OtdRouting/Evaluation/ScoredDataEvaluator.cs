using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.DataViews;

namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>Measures a router from the columns that it made.</summary>
internal static class ScoredDataEvaluator
{
    public static OtdRoutingMetrics Evaluate(
        IDataView data, string labelColumnName, string scoreColumnName, string predictedLabelColumnName, string routeColumnName)
    {
        var route = Require(data.Schema, routeColumnName);
        if (route.Annotations.Schema.GetColumnOrNull(RoutedSchema.RouteCostsKind) is null)
        {
            throw new ArgumentException($"Column '{routeColumnName}' was not made by a router: it has no annotation '{RoutedSchema.RouteCostsKind}'.");
        }

        var costs = Annotation<VBuffer<double>>(route, RoutedSchema.RouteCostsKind).DenseValues().ToArray();
        VBuffer<ReadOnlyMemory<char>> names = default;
        route.GetKeyValues(ref names);
        var counts = new long[costs.Length];
        var (accuracy, logLoss) = data.Schema.GetColumnOrNull(labelColumnName) is { } label
            ? CountLabelled(data, route, label, Require(data.Schema, scoreColumnName), Require(data.Schema, predictedLabelColumnName), counts)
            : CountUnlabelled(data, route, counts);
        if (counts.Sum() == 0)
        {
            throw new InvalidOperationException("The data is empty: there is nothing to evaluate.");
        }

        return new OtdRoutingMetrics(
            accuracy,
            logLoss,
            names.DenseValues().Select(n => n.ToString()).ToArray(),
            costs,
            counts,
            Annotation<VBuffer<double>>(route, RoutedSchema.RouteSharesKind).DenseValues().ToArray(),
            Annotation<double>(route, RoutedSchema.BudgetKind),
            Annotation<long>(route, RoutedSchema.CalibrationRowsKind));
    }

    private static (double Accuracy, double LogLoss) CountUnlabelled(IDataView data, DataViewSchema.Column route, long[] counts)
    {
        using var cursor = data.GetRowCursor([route]);
        var getRoute = LabelColumn.CreateGetter(cursor, route);
        while (cursor.MoveNext())
        {
            counts[getRoute()]++;
        }

        return (double.NaN, double.NaN);
    }

    private static (double Accuracy, double LogLoss) CountLabelled(
        IDataView data, DataViewSchema.Column route, DataViewSchema.Column label, DataViewSchema.Column score, DataViewSchema.Column predicted, long[] counts)
    {
        label = LabelColumn.Bind(data.Schema, label.Name);
        using var cursor = data.GetRowCursor([route, label, score, predicted]);
        var getRoute = LabelColumn.CreateGetter(cursor, route);
        var getLabel = LabelColumn.CreateGetter(cursor, label);
        var getPredicted = LabelColumn.CreateGetter(cursor, predicted);
        var getScore = cursor.GetGetter<VBuffer<float>>(score);
        VBuffer<float> scores = default;
        long rows = 0, correct = 0;
        var logLoss = 0.0;
        while (cursor.MoveNext())
        {
            var truth = getLabel();
            getScore(ref scores);
            counts[getRoute()]++;
            rows++;
            correct += truth == getPredicted() ? 1 : 0;
            // A class that the router does not know has probability zero.
            logLoss += OtdRoutingMetrics.LogLossOf(truth >= 0 && truth < scores.Length ? scores.GetItemOrDefault(truth) : 0);
        }

        return ((double)correct / rows, logLoss / rows);
    }

    private static T Annotation<T>(DataViewSchema.Column column, string kind)
    {
        T value = default!;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }

    private static DataViewSchema.Column Require(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name)
        ?? throw new ArgumentException($"There is no column '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
}
