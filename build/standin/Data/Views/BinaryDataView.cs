using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Rows of a file written by SaveAsBinary, in their order. The format is the stand-in's own, without random access.</summary>
internal sealed class BinaryDataView : ViewBase
{
    private readonly string _path;

    public BinaryDataView(string path)
    {
        _path = path;
        using BinaryReader reader = Open(path, out DataViewSchema schema);
        Schema = schema;
    }

    public override DataViewSchema Schema { get; }

    public override bool CanShuffle => false;

    public override long? GetRowCount() => null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(this, GetterChecks.ActiveSet(Schema, columnsNeeded));

    private static BinaryReader Open(string path, out DataViewSchema schema)
    {
        var reader = new BinaryReader(File.OpenRead(path));
        schema = SchemaSerializer.Read(reader);
        return reader;
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly BinaryDataView _view;
        private readonly bool[] _active;
        private readonly BinaryReader _reader;
        private readonly Slot[] _slots;
        private long _position = -1;
        private bool _ended;

        public Cursor(BinaryDataView view, bool[] active)
        {
            _view = view;
            _active = active;
            _reader = Open(view._path, out _);
            _slots = [.. view.Schema.Select(c => (Slot)Activator.CreateInstance(typeof(Slot<>).MakeGenericType(c.Type.RawType))!)];
        }

        public override DataViewSchema Schema => _view.Schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
        {
            GetterChecks.CheckPosition(_position);
            id = new DataViewRowId((ulong)_position, 0);
        };

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return GetterChecks.Cast<TValue>(_slots[column.Index].Getter(() => _position), column);
        }

        public override bool MoveNext()
        {
            _ended = _ended || !_reader.ReadBoolean();
            _position = _ended ? -1 : _position + 1;
            if (_ended)
                return false;
            foreach (Slot slot in _slots)
                slot.Read(_reader);
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _reader.Dispose();
            base.Dispose(disposing);
        }
    }

    private abstract class Slot
    {
        public abstract void Read(BinaryReader reader);

        public abstract Delegate Getter(Func<long> position);
    }

    /// <summary>The value of one column in the current row. Every row reads new vectors, so they can be handed out.</summary>
    private sealed class Slot<T> : Slot
    {
        private T _value = default!;

        public override void Read(BinaryReader reader) => _value = ValueSerializer.Read<T>(reader);

        public override Delegate Getter(Func<long> position) => (ValueGetter<T>)((ref T dst) =>
        {
            GetterChecks.CheckPosition(position());
            dst = _value;
        });
    }
}
