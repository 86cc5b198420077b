using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Training.Routing;

/// <summary>Some rows of a view, in its order.</summary>
/// <param name="source">The view.</param>
/// <param name="rows">The rows, counted from 0, ascending.</param>
internal sealed class RowSubset(IDataView source, IReadOnlyList<int> rows) : IDataView
{
    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public DataViewSchema Schema => source.Schema;

    /// <inheritdoc/>
    public long? GetRowCount() => rows.Count;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded), rows);

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, IReadOnlyList<int> rows) : DataViewRowCursor
    {
        private long _position = -1;
        private int _next;
        private int _read;

        public override DataViewSchema Schema => input.Schema;

        public override long Position => _position;

        public override long Batch => input.Batch;

        public override bool MoveNext()
        {
            // What is passed over costs little: values are made when they are asked for.
            while (_next < rows.Count && input.MoveNext())
            {
                if (_read++ == rows[_next])
                {
                    _position = _next++;
                    return true;
                }
            }

            _position = -1;
            return false;
        }

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

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
