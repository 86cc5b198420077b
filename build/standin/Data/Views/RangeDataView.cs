using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// Some consecutive rows of the source, in its order; skipping and shuffling do not go together, so it cannot be shuffled.
/// </summary>
internal sealed class RangeDataView(IDataView source, long skip, long? take) : ViewBase
{
    public override DataViewSchema Schema => source.Schema;

    public override bool CanShuffle => false;

    public override long? GetRowCount()
    {
        long? left = source.GetRowCount() is { } count ? Math.Max(0, count - skip) : null;
        return left is { } rows ? Math.Min(rows, take ?? rows) : null;
    }

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(source.GetRowCursor(columnsNeeded), skip, take);

    private sealed class Cursor(DataViewRowCursor input, long skip, long? take) : WrappingCursor(input)
    {
        private long _position = -1;
        private bool _ended;

        public override DataViewSchema Schema => Input.Schema;

        public override long Position => _position;

        public override bool IsColumnActive(DataViewSchema.Column column) => Input.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => Input.GetGetter<TValue>(column);

        public override bool MoveNext()
        {
            if (_position < 0 && !_ended)
            {
                for (long i = 0; i < skip && !_ended; i++)
                    _ended = !Input.MoveNext();
            }

            _ended = _ended || _position + 1 == take || !Input.MoveNext();
            _position = _ended ? -1 : _position + 1;
            return !_ended;
        }
    }
}
