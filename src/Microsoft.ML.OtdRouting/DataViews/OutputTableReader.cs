using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Reads labelled images from a view and scores them at every resolution.</summary>
internal sealed class OutputTableReader(
    ScorerSet scorers, FeatureExtractor features, OtdResolutionRouter.Options options, ClassMap classes, RouterContext log)
{
    /// <summary>Fewer rows than this a fold say nothing.</summary>
    private const int MinRowsPerFold = 2;

    /// <summary>Reads a view once.</summary>
    /// <exception cref="InvalidOperationException">A row has no readable image, no label or a bad weight; or there are too few rows.</exception>
    public OutputTable Read(IDataView input)
    {
        var schema = input.Schema;
        var image = ImageSource.Bind(schema, options.ImageColumnName, scorers.ImageHeight, scorers.ImageWidth);
        var label = LabelColumn.Bind(schema, options.LabelColumnName);
        var weight = options.ExampleWeightColumnName is { } name ? BindWeight(schema, name) : (DataViewSchema.Column?)null;
        var vector = options.Features.ColumnName is { } vectorName ? FeatureColumn.Bind(schema, vectorName, features.Count) : (DataViewSchema.Column?)null;
        var table = new OutputTable(scorers, features, options.FoldCount, weight is not null);
        var started = DateTime.UtcNow;
        using (var cursor = input.GetRowCursor([image, label, .. Present(weight), .. Present(vector)]))
        {
            ReadRows(input, cursor, image, LabelColumn.CreateGetter(cursor, label), weight, vector, table, started);
        }

        if (weight is not null && table.Rows > 0 && !table.HasWeight)
        {
            throw new InvalidOperationException($"All {table.Rows} rows weigh 0 in weight column '{options.ExampleWeightColumnName}'.");
        }

        var least = MinRowsPerFold * options.FoldCount;
        return table.Rows >= least
            ? table
            : throw new InvalidOperationException(
                table.Rows == 0
                    ? $"The data is empty: a router needs at least {least} rows."
                    : $"The data has {table.Rows} row{(table.Rows == 1 ? "" : "s")}; a router with {options.FoldCount} folds needs at least {least}.");
    }

    private void ReadRows(
        IDataView input,
        DataViewRowCursor cursor,
        DataViewSchema.Column image,
        Func<int> getLabel,
        DataViewSchema.Column? weight,
        DataViewSchema.Column? vector,
        OutputTable table,
        DateTime started)
    {
        var capacity = options.Scoring.WindowSize;
        using var sessions = scorers.Share();
        using var window = scorers.CreateWindow(capacity, vector is null ? 0 : features.Count);
        var images = new ImageSource(cursor, image, scorers.ImageHeight, scorers.ImageWidth, scorers.Fit, keep: 0);
        var getWeight = weight is { } column ? cursor.GetGetter<float>(column) : null;
        var vectors = vector is { } present ? new FeatureColumn(cursor, present) : null;
        var count = 0;
        while (cursor.MoveNext())
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            string DescribeRow() => RowLocation.Describe(input, cursor.Position);
            images.Read(count, window.Pixels(count), DescribeRow);
            vectors?.Read(window.Vector(count), DescribeRow);
            table.AddRow(ReadLabel(getLabel(), DescribeRow), ReadWeight(getWeight, DescribeRow));
            if (++count == capacity)
            {
                table.AddWindow(window, count, options.CancellationToken);
                count = 0;
                log.Info($"Scored {table.Rows} images, {table.Rows / (DateTime.UtcNow - started).TotalSeconds:F0} a second.");
            }
        }

        if (count > 0)
        {
            table.AddWindow(window, count, options.CancellationToken);
        }
    }

    private static IEnumerable<DataViewSchema.Column> Present(DataViewSchema.Column? column) => column is { } present ? [present] : [];

    private int ReadLabel(int key, Func<string> describeRow)
    {
        if (key >= 0 && key < classes.Count)
        {
            return classes.ClassOfKey(key);
        }

        return options.Loss.NeedsLabel
            ? throw new InvalidOperationException(
                $"{describeRow()}: label column '{options.LabelColumnName}' is missing or none of the {classes.Count} classes.")
            : -1;
    }

    private float ReadWeight(ValueGetter<float>? getter, Func<string> describeRow)
    {
        if (getter is null)
        {
            return 1;
        }

        var value = 0f;
        getter(ref value);
        return value >= 0 && float.IsFinite(value)
            ? value
            : throw new InvalidOperationException(
                $"{describeRow()}: weight column '{options.ExampleWeightColumnName}' is {value}; it must be a finite number, at least 0.");
    }

    private static DataViewSchema.Column BindWeight(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw new ArgumentException($"There is no weight column '{name}'.");
        return column.Type == NumberDataViewType.Single
            ? column
            : throw new ArgumentException($"Weight column '{name}' is {column.Type}; expected {NumberDataViewType.Single}.");
    }
}
