using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// Keeps columns in memory from their first use on. Columns that own resources (images) are not kept: a cursor that needs one reads
/// the source.
/// </summary>
internal sealed class CacheDataView(IDataView source) : ViewBase
{
    private readonly object _sync = new();
    private readonly Dictionary<int, ColumnStore> _stores = [];
    private readonly List<DataViewRowId> _ids = [];
    private bool _hasIds;

    public override DataViewSchema Schema => source.Schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => _hasIds ? _ids.Count : source.GetRowCount();

    public void Prefetch(IEnumerable<DataViewSchema.Column> columns)
    {
        lock (_sync)
        {
            DataViewSchema.Column[] missing = [.. columns.Where(c => IsCachable(c.Type) && !_stores.ContainsKey(c.Index))];
            if (missing.Length == 0 && _hasIds)
                return;
            using DataViewRowCursor cursor = source.GetRowCursor(missing);
            ColumnStore[] stores = [.. missing.Select(c => ColumnStore.Create(c.Type))];
            Action<int>[] readers = [.. missing.Select((c, i) => stores[i].Reader(cursor, c))];
            ValueGetter<DataViewRowId> id = cursor.GetIdGetter();
            for (int slot = 0; cursor.MoveNext(); slot++)
            {
                foreach (Action<int> reader in readers)
                    reader(slot);
                if (_hasIds)
                    continue;
                DataViewRowId value = default;
                id(ref value);
                _ids.Add(value);
            }

            _hasIds = true;
            for (int i = 0; i < missing.Length; i++)
                _stores[missing[i].Index] = stores[i];
        }
    }

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = GetterChecks.ActiveSet(Schema, columnsNeeded);
        DataViewSchema.Column[] needed = [.. Schema.Where(c => active[c.Index])];
        if (needed.Any(c => !IsCachable(c.Type)))
            return source.GetRowCursor(needed, rand);
        Prefetch(needed);
        int[] order = [.. Enumerable.Range(0, _ids.Count)];
        rand?.Shuffle(order);
        return new Cursor(this, active, order);
    }

    private static bool IsCachable(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    private sealed class Cursor(CacheDataView cache, bool[] active, int[] order) : DataViewRowCursor
    {
        private long _position = -1;
        private bool _ended;

        public override DataViewSchema Schema => cache.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = cache._ids[Slot()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return GetterChecks.Cast<TValue>(cache._stores[column.Index].Getter(Slot), column);
        }

        public override bool MoveNext()
        {
            _ended = _ended || _position + 1 == order.Length;
            _position = _ended ? -1 : _position + 1;
            return !_ended;
        }

        private int Slot()
        {
            GetterChecks.CheckPosition(_position);
            return order[_position];
        }
    }
}
