using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tests.DataViews;

/// <summary>Counts what is read of a view: rows, and values by column.</summary>
internal sealed class CountingDataView(IDataView source) : IDataView
{
    private readonly Dictionary<string, int> _values = [];
    private int _rowsRead;

    public int Cursors { get; private set; }

    public int RowsRead => Volatile.Read(ref _rowsRead);

    public IReadOnlySet<string> ActiveColumns { get; private set; } = new HashSet<string>();

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public int ValuesRead(string column) => _values.GetValueOrDefault(column);

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.ToList();
        ActiveColumns = active.Select(c => c.Name).ToHashSet();
        Cursors++;
        return new Cursor(this, source.GetRowCursor(active, rand));
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(CountingDataView view, DataViewRowCursor input) : DataViewRowCursor
    {
        public override DataViewSchema Schema => input.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext()
        {
            var moved = input.MoveNext();
            Volatile.Write(ref view._rowsRead, view._rowsRead + (moved ? 1 : 0));
            return moved;
        }

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            var getter = input.GetGetter<TValue>(column);
            return (ref TValue value) =>
            {
                view._values[column.Name] = view.ValuesRead(column.Name) + 1;
                getter(ref value);
            };
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
