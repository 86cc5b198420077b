using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Draws rows at random from a pool that the source refills; the active columns of the pooled rows are read ahead.</summary>
internal sealed class ShuffleDataView(IDataView source, int seed, int poolSize, bool shuffleSource) : ViewBase
{
    public override DataViewSchema Schema => source.Schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => source.GetRowCount();

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = GetterChecks.ActiveSet(Schema, columnsNeeded);
        Random own = new(rand?.Next() ?? seed);
        DataViewSchema.Column[] needed = [.. Schema.Where(c => active[c.Index])];
        return new Cursor(source.GetRowCursor(needed, shuffleSource && source.CanShuffle ? own : null), active, needed, own, poolSize);
    }

    private sealed class Cursor : WrappingCursor
    {
        private readonly bool[] _active;
        private readonly Random _rand;
        private readonly int _poolSize;
        private readonly Dictionary<int, ColumnStore> _stores = [];
        private readonly Action<int>[] _readers;
        private readonly ValueGetter<DataViewRowId> _idGetter;
        private readonly List<DataViewRowId> _ids = [];
        private readonly List<int> _filled = [];
        private int _current = -1;
        private long _position = -1;
        private bool _sourceEnded;
        private bool _ended;

        public Cursor(DataViewRowCursor input, bool[] active, DataViewSchema.Column[] needed, Random rand, int poolSize)
            : base(input)
        {
            _active = active;
            _rand = rand;
            _poolSize = poolSize;
            foreach (DataViewSchema.Column column in needed)
                _stores[column.Index] = ColumnStore.Create(column.Type);
            _readers = [.. needed.Select(c => _stores[c.Index].Reader(input, c))];
            _idGetter = input.GetIdGetter();
        }

        public override DataViewSchema Schema => Input.Schema;

        public override long Position => _position;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = _ids[Slot()];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return GetterChecks.Cast<TValue>(_stores[column.Index].Getter(Slot), column);
        }

        public override bool MoveNext()
        {
            if (_current >= 0)
                Fill(_current);
            while (!_sourceEnded && _filled.Count < _poolSize)
                Fill(_ids.Count);
            _ended = _ended || _filled.Count == 0;
            if (_ended)
            {
                _position = -1;
                _current = -1;
                return false;
            }

            int drawn = _rand.Next(_filled.Count);
            _current = _filled[drawn];
            _filled[drawn] = _filled[^1];
            _filled.RemoveAt(_filled.Count - 1);
            _position++;
            return true;
        }

        private void Fill(int slot)
        {
            _sourceEnded = _sourceEnded || !Input.MoveNext();
            if (_sourceEnded)
                return;
            foreach (Action<int> reader in _readers)
                reader(slot);
            DataViewRowId id = default;
            _idGetter(ref id);
            if (slot == _ids.Count)
                _ids.Add(id);
            else
                _ids[slot] = id;
            _filled.Add(slot);
        }

        private int Slot()
        {
            GetterChecks.CheckPosition(_position);
            return _current;
        }
    }
}
