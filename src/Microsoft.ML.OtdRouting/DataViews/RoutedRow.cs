using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Serving;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>A row whose router columns are computed from the input's current row when first asked for.</summary>
internal sealed class RoutedRow : DataViewRow
{
    private readonly DataViewRow _input;
    private readonly RoutedSchema _schema;
    private readonly HashSet<int> _active;
    private readonly ImageSource? _images;
    private readonly RoutedWindow? _window;
    private readonly RoutedColumns _columns;
    private long _cached = -1;

    public RoutedRow(
        DataViewRow input,
        RoutedSchema schema,
        RoutedScorer scorer,
        RoutedColumns columns,
        RowFailures failures,
        IEnumerable<DataViewSchema.Column> activeColumns)
    {
        _input = input;
        _columns = columns;
        _schema = schema;
        _active = activeColumns.Select(c => c.Index).ToHashSet();
        if (_active.Any(i => !schema.IsInput(i)))
        {
            _images = new ImageSource(input, schema.Image, scorer.Readers, scorer.Decoder, capacity: 1, keep: false);
            _window = scorer.CreateRow(failures, row => $"Row {row}");
        }
    }

    public override DataViewSchema Schema => _schema.Output;

    public override long Position => _input.Position;

    public override long Batch => _input.Batch;

    public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _schema.RequireActive(column, IsColumnActive);
        if (_schema.IsInput(column.Index))
        {
            return _input.GetGetter<TValue>(_schema.Input[column.Index]);
        }

        return _columns.CreateGetter(_schema.RoutedColumnAt(column.Index), _window!, CurrentSlot) as ValueGetter<TValue>
            ?? throw new InvalidOperationException($"Column '{column.Name}' is {column.Type}; it cannot be read as {typeof(TValue)}.");
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _window?.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Reads the image once for each position of the input, however many columns are asked for.</summary>
    private int CurrentSlot()
    {
        if (_input.Position < 0)
        {
            throw new InvalidOperationException("The row has no values yet: its input stands at no row.");
        }

        if (_cached != _input.Position)
        {
            _window!.Clear(_input.Position);
            try
            {
                _images!.Fetch(0, ref _window.Pixels(0), ref _window.Frame(0));
                if (_images.Decodes)
                {
                    _window.Frame(0) = _images.Decode(0, _window.Pixels(0));
                }

                _window.Place(0);
            }
            catch (InvalidOperationException e)
            {
                _window.LeaveOut(0, e);
            }

            _window.Begin(1);
            _cached = _input.Position;
        }

        return 0;
    }
}
