using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Values of one column kept by the caller's slot number; vectors are copied in and out, so no buffer is shared.</summary>
internal abstract class ColumnStore
{
    public static ColumnStore Create(DataViewType type) =>
        (ColumnStore)Activator.CreateInstance(
            type is VectorDataViewType vector
                ? typeof(VectorStore<>).MakeGenericType(vector.ItemType.RawType)
                : typeof(ScalarStore<>).MakeGenericType(type.RawType))!;

    /// <summary>Connects the store to a cursor; what is returned reads the current row into a slot.</summary>
    public abstract Action<int> Reader(DataViewRow row, DataViewSchema.Column column);

    public abstract Delegate Getter(Func<int> slot);

    private sealed class ScalarStore<T> : ColumnStore
    {
        private readonly List<T> _values = [];

        public override Action<int> Reader(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<T> getter = row.GetGetter<T>(column);
            return slot =>
            {
                T value = default!;
                getter(ref value);
                Put(_values, slot, value);
            };
        }

        public override Delegate Getter(Func<int> slot) => (ValueGetter<T>)((ref T dst) => dst = _values[slot()]);
    }

    private sealed class VectorStore<T> : ColumnStore
    {
        private readonly List<VBuffer<T>> _values = [];

        public override Action<int> Reader(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
            return slot =>
            {
                VBuffer<T> value = slot < _values.Count ? _values[slot] : default;
                getter(ref value);
                Put(_values, slot, value);
            };
        }

        public override Delegate Getter(Func<int> slot) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) => _values[slot()].CopyTo(ref dst));
    }

    private static void Put<T>(List<T> list, int slot, T value)
    {
        if (slot == list.Count)
            list.Add(value);
        else
            list[slot] = value;
    }
}
