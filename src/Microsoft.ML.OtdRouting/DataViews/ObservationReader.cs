using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Numerics;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Reads images with what is true of them from a view and scores them at every resolution.</summary>
internal sealed class ObservationReader(
    ScorerSet scorers, BoundTask task, string imageColumnName, FittingOptions fitting, int windowSize, Action<string> log, CancellationToken cancellationToken)
{
    /// <summary>Fewer rows than this a fold say nothing.</summary>
    private const int MinRowsPerFold = 2;

    /// <summary>Reads a view once.</summary>
    /// <exception cref="InvalidOperationException">A row has no readable image, no truth or a bad weight; or there are too few rows.</exception>
    public Observations Read(IDataView input)
    {
        var schema = input.Schema;
        var image = ImageSource.Bind(schema, imageColumnName, scorers.ImageHeight, scorers.ImageWidth);
        var targets = task.TargetColumns(schema);
        var weight = fitting.ExampleWeightColumnName is { } name ? BindWeight(schema, name) : (DataViewSchema.Column?)null;
        var observations = new Observations(task, scorers.Scorers.Count, fitting.FoldCount, weight is not null);
        using (var cursor = input.GetRowCursor([image, .. targets, .. weight is { } present ? [present] : Array.Empty<DataViewSchema.Column>()]))
        {
            ReadRows(input, cursor, image, weight, observations);
        }

        if (weight is not null && observations.Rows > 0 && !observations.HasWeight)
        {
            throw new InvalidOperationException($"All {observations.Rows} rows weigh 0 in weight column '{fitting.ExampleWeightColumnName}'.");
        }

        var least = MinRowsPerFold * fitting.FoldCount;
        return observations.Rows >= least
            ? observations
            : throw new InvalidOperationException(
                observations.Rows == 0
                    ? $"The data is empty: a router needs at least {least} rows."
                    : $"The data has {observations.Rows} row{(observations.Rows == 1 ? "" : "s")}; a router with {fitting.FoldCount} folds needs at least {least}.");
    }

    private void ReadRows(IDataView input, DataViewRowCursor cursor, DataViewSchema.Column image, DataViewSchema.Column? weight, Observations observations)
    {
        using var sessions = scorers.Share();
        using var window = new ObservationWindow(scorers, task, windowSize);
        var images = new ImageSource(cursor, image, scorers.ImageHeight, scorers.ImageWidth, scorers.Fit, scorers.Decoder, keep: 0);
        var targets = task.OpenTargets(cursor);
        var getWeight = weight is { } column ? cursor.GetGetter<float>(column) : null;
        var started = Stopwatch.GetTimestamp();
        var count = 0;
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            string DescribeRow() => RowLocation.Describe(input, cursor.Position);
            images.Read(count, window.Pixels(count), DescribeRow);
            var place = RowPlace.Of(window.Pixels(count), fitting.FoldCount);
            targets.Read(observations.AddRow(place, ReadWeight(getWeight, DescribeRow)), DescribeRow);
            if (++count == windowSize)
            {
                observations.AddWindow(window, count, cancellationToken);
                count = 0;
                log($"Scored {observations.Rows} images, {observations.Rows / Stopwatch.GetElapsedTime(started).TotalSeconds:F0} a second.");
            }
        }

        if (count > 0)
        {
            observations.AddWindow(window, count, cancellationToken);
        }
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
                $"{describeRow()}: weight column '{fitting.ExampleWeightColumnName}' is {value}; it must be a finite number, at least 0.");
    }

    private static DataViewSchema.Column BindWeight(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw new ArgumentException($"There is no weight column '{name}'.");
        return column.Type == NumberDataViewType.Single
            ? column
            : throw new ArgumentException($"Weight column '{name}' is {column.Type}; expected {NumberDataViewType.Single}.");
    }
}
