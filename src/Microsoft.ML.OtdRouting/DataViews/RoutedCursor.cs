using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// Reads a window of rows ahead, so that each resolution is scored in batches, and yields the rows in their order. The input's columns
/// are held for the rows of the window.
/// </summary>
internal sealed class RoutedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _input;
    private readonly RoutedSchema _schema;
    private readonly Func<string> _describeRow;
    private readonly HashSet<int> _active;
    private readonly Dictionary<int, ColumnWindow> _passed = [];
    private readonly ImageSource? _images;
    private readonly RoutedWindow? _window;
    private readonly RoutedColumns _columns;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly DataViewRowId[] _ids;
    private readonly int _capacity;
    private long _position = -1;
    private long _first;
    private int _slot = -1;
    private int _count;

    public RoutedCursor(
        DataViewRowCursor input,
        RoutedSchema schema,
        RoutedScorer scorer,
        RoutedColumns columns,
        IReadOnlyList<DataViewSchema.Column> active,
        int windowSize,
        BudgetEnforcement enforcement,
        RowFailures failures,
        Func<long, string> describeRow)
    {
        _input = input;
        _columns = columns;
        _schema = schema;
        _describeRow = () => describeRow(_first + _count);
        _active = active.Select(c => c.Index).ToHashSet();
        var routes = _active.Any(i => !schema.IsInput(i));
        // Without a column of the router's there is nothing to batch.
        _capacity = routes ? windowSize : 1;
        _ids = new DataViewRowId[_capacity];
        _idGetter = input.GetIdGetter();
        if (routes)
        {
            var keep = _active.Contains(schema.Image.Index) ? _capacity : 0;
            _images = new ImageSource(input, schema.Image, scorer.ImageHeight, scorer.ImageWidth, scorer.Fit, scorer.Decoder, keep);
            _window = scorer.CreateWindow(_capacity, enforcement, failures, slot => describeRow(_first + slot));
        }

        foreach (var index in _active.Where(schema.IsInput))
        {
            var isImage = _images is not null && index == schema.Image.Index;
            _passed[index] = isImage ? _images!.Window : ColumnWindow.Create(input, schema.Input[index], _capacity);
        }
    }

    /// <summary>Where the time of scoring goes; null where none of the router's columns is active.</summary>
    public ScoringClock? Clock => _window?.Clock;

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _position;

    public override long Batch => 0;

    public override bool MoveNext()
    {
        if (++_slot >= _count && !Fill())
        {
            _position = -1;
            return false;
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _schema.RequireActive(column, IsColumnActive);
        var getter = _schema.IsInput(column.Index)
            ? _passed[column.Index].CreateGetter(CurrentSlot)
            : _columns.CreateGetter(_schema.RoutedColumnAt(column.Index), _window!, CurrentSlot);
        return getter as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is {column.Type}; it cannot be read as {typeof(TValue)}.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentSlot()];

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var window in _passed.Values)
            {
                window.Dispose();
            }

            _window?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private int CurrentSlot() => _position >= 0
        ? _slot
        : throw new InvalidOperationException("The cursor stands at no row: values can be read after MoveNext has returned true, and not after it has returned false.");

    private bool Fill()
    {
        _slot = 0;
        _first += _count;
        _window?.Clear();
        var started = Stopwatch.GetTimestamp();
        for (_count = 0; _count < _capacity && MoveInput(); _count++)
        {
            _idGetter(ref _ids[_count]);
            ReadImage();
            foreach (var window in _passed.Values)
            {
                if (window != _images?.Window)
                {
                    window.Fetch(_count);
                }
            }
        }

        if (_window is not null)
        {
            _window.Clock.Reading += Stopwatch.GetTimestamp() - started;
            _window.Begin(_count);
        }

        return _count > 0;
    }

    private void ReadImage()
    {
        try
        {
            _images?.Read(_count, _window!.Pixels(_count), _describeRow);
        }
        catch (InvalidOperationException e)
        {
            _window!.LeaveOut(_count, e.Message, e.InnerException ?? e);
        }
    }

    /// <summary>ML.NET's parallel cursors read ahead and fail here for a row that is still to come.</summary>
    private bool MoveInput()
    {
        try
        {
            return _input.MoveNext();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new InvalidOperationException($"Reading the input failed at or after row {_first + _count}: {e.GetBaseException().Message}", e);
        }
    }
}
