using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Objects of a user's class as rows. They only stream, lists too.</summary>
internal sealed class EnumerableDataView<TRow> : ViewBase
    where TRow : class
{
    private readonly IEnumerable<TRow> _data;
    private readonly SchemaDefinition _definition;

    public EnumerableDataView(IEnumerable<TRow> data, SchemaDefinition definition)
    {
        _data = data;
        _definition = definition;
        Schema = TypedSchema.ToSchema(definition);
    }

    public override DataViewSchema Schema { get; }

    public override bool CanShuffle => false;

    public override long? GetRowCount() => (_data as ICollection<TRow>)?.Count;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, GetterChecks.ActiveSet(Schema, columnsNeeded));

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly EnumerableDataView<TRow> _view;
        private readonly bool[] _active;
        private readonly Delegate?[] _getters;
        private readonly IEnumerator<TRow> _rows;
        private TRow? _current;
        private long _position = -1;

        public Cursor(EnumerableDataView<TRow> view, bool[] active)
        {
            _view = view;
            _active = active;
            _getters = new Delegate?[active.Length];
            for (int i = 0; i < active.Length; i++)
            {
                if (active[i])
                    _getters[i] = MemberAccess.GetterOf(view._definition[i], Current);
            }

            _rows = view._data.GetEnumerator();
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override bool MoveNext()
        {
            if (!_rows.MoveNext())
            {
                _current = null;
                _position = -1;
                return false;
            }

            _current = _rows.Current;
            if (_current == null)
                throw new InvalidOperationException("Encountered null when iterating over the data: rows cannot be null.");
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            Current();
            id = new DataViewRowId((ulong)_position, 0);
        };

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return GetterChecks.Cast<TValue>(_getters[column.Index]!, column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _rows.Dispose();
            _position = -1;
            _current = null;
            base.Dispose(disposing);
        }

        private TRow Current()
        {
            GetterChecks.CheckPosition(_position);
            return _current!;
        }
    }
}
