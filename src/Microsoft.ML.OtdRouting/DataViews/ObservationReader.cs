using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;
using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Reads images with what is true of them from a view and scores them at every resolution.</summary>
internal sealed class ObservationReader(
    ScorerSet scorers,
    BoundTask task,
    string imageColumnName,
    FittingOptions fitting,
    int windowSize,
    RowFailures failures,
    Action<string> log,
    CancellationToken cancellationToken)
{
    /// <summary>Fewer rows than this a fold say nothing.</summary>
    private const int MinRowsPerFold = 2;

    /// <summary>The least rows of a fit.</summary>
    public static int LeastRows(int folds) => MinRowsPerFold * folds;

    /// <summary>Reads a view once.</summary>
    /// <exception cref="InvalidOperationException">
    /// A row has no readable image, no truth or a bad weight, or a model fails on it; or there are too few rows.
    /// </exception>
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

        var least = LeastRows(fitting.FoldCount);
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
        ScoredWindow CreateWindow() => new(
            new ImageSource(cursor, image, scorers.Readers, scorers.Decoder, windowSize, keep: false), scorers, task, windowSize, failures,
            position => RowLocation.Describe(input, position));
        var (first, second) = (CreateWindow(), CreateWindow());
        var targets = task.OpenTargets(cursor);
        var getWeight = weight is { } column ? cursor.GetGetter<float>(column) : null;
        var describeRow = () => RowLocation.Describe(input, cursor.Position);
        using var reader = new ReadAhead<ScoredWindow>(first, second, (window, stop) =>
        {
            window.Clear();
            while (window.Count < windowSize && cursor.MoveNext())
            {
                stop.ThrowIfCancellationRequested();
                cancellationToken.ThrowIfCancellationRequested();
                window.Fetch(cursor.Position, ReadWeight(getWeight, describeRow));
                targets.Read(window.Target(window.Count - 1), describeRow);
            }

            window.Decode(scorers.Runs, fitting.FoldCount, cancellationToken);
            return window.Count > 0;
        });
        var started = Stopwatch.GetTimestamp();
        while (reader.Next() is { } window)
        {
            window.Score(observations, cancellationToken);
            log($"Scored {observations.Rows} images, {observations.Rows / Stopwatch.GetElapsedTime(started).TotalSeconds:F0} a second.");
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
