using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tests.DataViews;

/// <summary>
/// A view with a key column of any unsigned integer beside the columns of another one. (ML.NET makes keys of objects' members only for some of these types.)
/// </summary>
internal sealed class KeyedDataView<T> : IDataView
    where T : struct
{
    private readonly IDataView _source;
    private readonly Func<long, T> _keyOfRow;

    public KeyedDataView(IDataView source, string name, int count, Func<long, T> keyOfRow)
    {
        _source = source;
        _keyOfRow = keyOfRow;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        builder.AddColumn(name, new KeyDataViewType(typeof(T), count));
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = columnsNeeded.Select(c => c.Index).ToHashSet();
        return new Cursor(this, _source.GetRowCursor(_source.Schema.Where(c => active.Contains(c.Index))), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(KeyedDataView<T> view, DataViewRowCursor input, HashSet<int> active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            column.Index < view._source.Schema.Count
                ? input.GetGetter<TValue>(view._source.Schema[column.Index])
                : (ValueGetter<TValue>)(Delegate)(ValueGetter<T>)((ref T value) => value = view._keyOfRow(input.Position));

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
