using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Objects of a user's class as rows. A list can be shuffled and knows its length, any other enumerable only streams.</summary>
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

    public override bool CanShuffle => _data is IList<TRow>;

    public override long? GetRowCount() => (_data as ICollection<TRow>)?.Count ?? (_data as IReadOnlyCollection<TRow>)?.Count;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, GetterChecks.ActiveSet(Schema, columnsNeeded), CanShuffle ? rand : null);

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly EnumerableDataView<TRow> _view;
        private readonly bool[] _active;
        private readonly Delegate?[] _getters;
        private readonly IEnumerator<(TRow Row, long Index)> _rows;
        private TRow? _current;
        private long _index;
        private long _position = -1;

        public Cursor(EnumerableDataView<TRow> view, bool[] active, Random? rand)
        {
            _view = view;
            _active = active;
            _getters = new Delegate?[active.Length];
            for (int i = 0; i < active.Length; i++)
            {
                if (active[i])
                    _getters[i] = MemberAccess.GetterOf(view._definition[i], Current);
            }

            _rows = (rand == null ? InOrder(view._data) : Shuffled((IList<TRow>)view._data, rand)).GetEnumerator();
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

            (_current, _index) = _rows.Current;
            if (_current == null)
                throw new InvalidOperationException("Encountered null when iterating over the data: rows cannot be null.");
            _position++;
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            Current();
            id = new DataViewRowId((ulong)_index, 0);
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

        private static IEnumerable<(TRow, long)> InOrder(IEnumerable<TRow> data)
        {
            long index = 0;
            foreach (TRow row in data)
                yield return (row, index++);
        }

        private static IEnumerable<(TRow, long)> Shuffled(IList<TRow> data, Random rand)
        {
            int[] order = [.. Enumerable.Range(0, data.Count)];
            rand.Shuffle(order);
            foreach (int index in order)
                yield return (data[index], index);
        }
    }
}
