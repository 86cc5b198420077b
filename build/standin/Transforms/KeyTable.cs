namespace Microsoft.ML.Data;

internal static class ValueComparers
{
    public static IEqualityComparer<T> Equality<T>() =>
        typeof(T) == typeof(ReadOnlyMemory<char>) ? (IEqualityComparer<T>)(object)TextComparer.Instance : EqualityComparer<T>.Default;

    public static IComparer<T> Order<T>() =>
        typeof(T) == typeof(ReadOnlyMemory<char>) ? (IComparer<T>)(object)TextComparer.Instance : Comparer<T>.Default;

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>, IComparer<ReadOnlyMemory<char>>
    {
        public static TextComparer Instance { get; } = new();

        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> text) => string.GetHashCode(text.Span);

        public int Compare(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceCompareTo(y.Span);
    }
}

/// <summary>Values numbered from 1; 0 is the missing key. Empty text, NaN and values that were not seen are missing.</summary>
internal abstract class KeyTable
{
    public abstract PrimitiveDataViewType ItemType { get; }

    public abstract int Count { get; }

    public static KeyTable Create(DataViewType itemType) =>
        (KeyTable)Activator.CreateInstance(typeof(KeyTable<>).MakeGenericType(itemType.RawType), itemType)!;

    /// <summary>What is returned adds the current row's values.</summary>
    public abstract Action Trainer(DataViewRow row, DataViewSchema.Column column, int maximum);

    public abstract void Sort();

    public abstract Delegate Getter(DataViewRow row, DataViewSchema.Column column);

    public abstract DataViewSchema.Annotations Annotations(bool asText);

    public abstract void Write(BinaryWriter writer);

    public abstract void Read(BinaryReader reader);
}

internal sealed class KeyTable<T>(PrimitiveDataViewType itemType) : KeyTable
    where T : notnull
{
    private readonly List<T> _values = [];
    private readonly Dictionary<T, uint> _keys = new(ValueComparers.Equality<T>());

    public override PrimitiveDataViewType ItemType => itemType;

    public override int Count => _values.Count;

    public override Action Trainer(DataViewRow row, DataViewSchema.Column column, int maximum)
    {
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<T> scalar = row.GetGetter<T>(column);
            return () =>
            {
                T value = default!;
                scalar(ref value);
                Add(value, maximum);
            };
        }

        ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            vector(ref values);
            foreach (T value in values.DenseValues())
                Add(value, maximum);
        };
    }

    public override void Sort()
    {
        _values.Sort(ValueComparers.Order<T>());
        for (int i = 0; i < _values.Count; i++)
            _keys[_values[i]] = (uint)i + 1;
    }

    public override Delegate Getter(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType)
        {
            ValueGetter<T> scalar = row.GetGetter<T>(column);
            return (ValueGetter<uint>)((ref uint dst) =>
            {
                T value = default!;
                scalar(ref value);
                dst = KeyOf(value);
            });
        }

        ValueGetter<VBuffer<T>> vector = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return (ValueGetter<VBuffer<uint>>)((ref VBuffer<uint> dst) =>
        {
            vector(ref values);
            VBufferEditor<uint> editor = VBufferEditor.Create(ref dst, values.Length);
            for (int i = 0; i < values.Length; i++)
                editor.Values[i] = KeyOf(values.GetItemOrDefault(i));
            dst = editor.Commit();
        });
    }

    public override DataViewSchema.Annotations Annotations(bool asText)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        if (asText)
        {
            ReadOnlyMemory<char>[] texts = [.. _values.Select(v => FormattableString.Invariant($"{v}").AsMemory())];
            builder.Add(AnnotationKinds.KeyValues, new VectorDataViewType(TextDataViewType.Instance, Count),
                (ref VBuffer<ReadOnlyMemory<char>> dst) => VBuffer<ReadOnlyMemory<char>>.Copy(texts, 0, ref dst, texts.Length));
        }
        else
        {
            T[] values = [.. _values];
            builder.Add(AnnotationKinds.KeyValues, new VectorDataViewType(itemType, Count),
                (ref VBuffer<T> dst) => VBuffer<T>.Copy(values, 0, ref dst, values.Length));
        }

        return builder.ToAnnotations();
    }

    public override void Write(BinaryWriter writer)
    {
        writer.Write(_values.Count);
        foreach (T value in _values)
            ValueSerializer.Write(writer, value);
    }

    public override void Read(BinaryReader reader)
    {
        for (int left = reader.ReadInt32(); left > 0; left--)
            Add(ValueSerializer.Read<T>(reader), int.MaxValue);
    }

    private static bool IsMissing(T value) => value switch
    {
        ReadOnlyMemory<char> text => text.IsEmpty,
        float number => float.IsNaN(number),
        double number => double.IsNaN(number),
        _ => false,
    };

    private void Add(T value, int maximum)
    {
        if (IsMissing(value) || _values.Count >= maximum || !_keys.TryAdd(value, (uint)_values.Count + 1))
            return;
        // The text may be a window into a buffer that the source reuses.
        if (value is ReadOnlyMemory<char> text)
        {
            T own = (T)(object)text.ToString().AsMemory();
            _keys.Remove(value);
            _keys.Add(own, (uint)_values.Count + 1);
            value = own;
        }

        _values.Add(value);
    }

    private uint KeyOf(T value) => !IsMissing(value) && _keys.TryGetValue(value, out uint key) ? key : 0;
}
