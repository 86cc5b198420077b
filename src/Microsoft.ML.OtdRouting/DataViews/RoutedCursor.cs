using System.Diagnostics;
using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Concurrency;
using Microsoft.ML.OtdRouting.Policies;
using Microsoft.ML.OtdRouting.Scoring;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>
/// Reads windows of rows, so that each resolution is scored in batches, and yields the rows in their order. While the consumer is at a window, the next one is
/// read, decoded and routed on other threads. The input's columns are held for the rows of both.
/// </summary>
internal sealed class RoutedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _input;
    private readonly RoutedSchema _schema;
    private readonly RoutedScorer _scorer;
    private readonly RoutedColumns _columns;
    private readonly HashSet<int> _active;
    private readonly RowWindow[] _windows;
    private readonly ReadAhead<RowWindow> _reader;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private RowWindow? _current;
    private long _position = -1;
    private long _read;
    private int _slot = -1;

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
        _scorer = scorer;
        _active = active.Select(c => c.Index).ToHashSet();
        _idGetter = input.GetIdGetter();
        // Without a column of the router's there is nothing to batch, and nothing to do ahead.
        if (_active.Any(i => !schema.IsInput(i)))
        {
            var assigner = scorer.CreateAssigner(enforcement);
            _windows = [CreateWindow(windowSize, assigner, failures, describeRow), CreateWindow(windowSize, assigner, failures, describeRow)];
        }
        else
        {
            _windows = [new RowWindow(1, null, null, _active.ToDictionary(i => i, i => ColumnWindow.Create(input, schema.Input[i], 1)))];
        }

        _reader = new ReadAhead<RowWindow>(_windows[0], _windows[^1], Fill);
    }

    /// <summary>Where the time of scoring goes.</summary>
    public ScoringClock Clock { get; } = new();

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _position;

    public override long Batch => 0;

    public override bool MoveNext()
    {
        if (_current is null || ++_slot >= _current.Count)
        {
            // Until there is a next row, the cursor stands at none: reading ahead may throw.
            var position = _position;
            (_slot, _current, _position) = (0, null, -1);
            _current = _reader.Next();
            if (_current is null)
            {
                return false;
            }

            _position = position;
        }

        _position++;
        return true;
    }

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _schema.RequireActive(column, IsColumnActive);
        var getters = Array.ConvertAll(_windows, window => (_schema.IsInput(column.Index)
            ? window.Passed[column.Index].CreateGetter(CurrentSlot)
            : _columns.CreateGetter(_schema.RoutedColumnAt(column.Index), window.Routed!, CurrentSlot)) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is {column.Type}; it cannot be read as {typeof(TValue)}."));
        var (first, last, firstWindow) = (getters[0], getters[^1], _windows[0]);
        return (ref TValue value) => (_current == firstWindow ? first : last)(ref value);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        var slot = CurrentSlot();
        value = _current!.Ids[slot];
    };

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _reader.Dispose();
            Array.ForEach(_windows, window => window.Dispose());
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private int CurrentSlot() => _position >= 0
        ? _slot
        : throw new InvalidOperationException("The cursor stands at no row: values can be read after MoveNext has returned true, and not after it has returned false.");

    private RowWindow CreateWindow(int capacity, RouteAssigner assigner, RowFailures failures, Func<long, string> describeRow)
    {
        var images = new ImageSource(
            _input, _schema.Image, _scorer.Readers, _scorer.Decoder, capacity, keep: _active.Contains(_schema.Image.Index));
        var passed = _active.Where(_schema.IsInput).ToDictionary(
            index => index, index => index == _schema.Image.Index ? images.Window : ColumnWindow.Create(_input, _schema.Input[index], capacity));
        return new RowWindow(capacity, images, _scorer.CreateWindow(capacity, assigner, failures, describeRow, Clock), passed);
    }

    private bool Fill(RowWindow window, CancellationToken cancellationToken)
    {
        window.Routed?.Clear(_read);
        var started = Stopwatch.GetTimestamp();
        for (window.Count = 0; window.Count < window.Capacity && MoveInput(); window.Count++, _read++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _idGetter(ref window.Ids[window.Count]);
            Fetch(window);
            foreach (var column in window.Passed.Values)
            {
                if (column != window.Images?.Window)
                {
                    column.Fetch(window.Count);
                }
            }
        }

        Interlocked.Add(ref Clock.Reading, Stopwatch.GetTimestamp() - started);
        if (window.Routed is { } routed && window.Count > 0)
        {
            Decode(window, cancellationToken);
            for (var slot = 0; slot < window.Count; slot++)
            {
                if (window.Problems[slot] is { } problem)
                {
                    routed.LeaveOut(slot, problem);
                }
            }

            routed.Begin(window.Count);
            routed.EnsureRouted(cancellationToken);
        }

        return window.Count > 0;
    }

    private static void Fetch(RowWindow window)
    {
        try
        {
            window.Problems[window.Count] = null;
            if (window.Images is { } images)
            {
                images.Fetch(window.Count, ref window.Routed!.Pixels(window.Count), ref window.Routed.Frame(window.Count));
                if (!images.Decodes)
                {
                    window.Routed.Place(window.Count);
                }
            }
        }
        catch (InvalidOperationException e)
        {
            window.Problems[window.Count] = e;
        }
    }

    private void Decode(RowWindow window, CancellationToken cancellationToken)
    {
        if (!window.Images!.Decodes)
        {
            return;
        }

        SideBySide.Run(window.Count, _scorer.ScorerSet.Runs, Decode, cancellationToken);

        void Decode(int slot)
        {
            if (window.Problems[slot] is null)
            {
                var started = Stopwatch.GetTimestamp();
                try
                {
                    window.Routed!.Frame(slot) = window.Images.Decode(slot, window.Routed.Pixels(slot));
                    window.Routed.Place(slot);
                }
                catch (InvalidOperationException e)
                {
                    window.Problems[slot] = e;
                }

                Interlocked.Add(ref Clock.Decoding, Stopwatch.GetTimestamp() - started);
            }
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
            throw new InvalidOperationException($"Reading the input failed at or after row {_read}: {e.GetBaseException().Message}", e);
        }
    }
}
