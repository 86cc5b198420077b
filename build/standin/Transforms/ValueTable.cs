namespace Microsoft.ML.Data;

/// <summary>The pairs of a value mapping as column values. A key that is not in the table maps to the default value.</summary>
internal abstract class ValueTable
{
    protected ValueTable(DataViewType keyType, DataViewType valueType, DataViewSchema.Annotations annotations)
    {
        KeyType = keyType;
        ValueType = valueType;
        Annotations = annotations;
    }

    public DataViewType KeyType { get; }

    public DataViewType ValueType { get; }

    public DataViewSchema.Annotations Annotations { get; }

    public static ValueTable Create<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue>> pairs, bool asKeys)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        KeyValuePair<TKey, TValue>[] all = [.. pairs];
        DataViewType valueType = Primitive<TValue>();
        DataViewType keyType = Primitive<TKey>();
        Array keys = Raw(all.Select(p => (object)p.Key!), keyType.RawType);
        if (!asKeys)
            return Make(
                keyType, valueType, DataViewSchema.Annotations.Empty, keys, Raw(all.Select(p => (object)p.Value!), valueType.RawType));

        // Values become keys numbered in the order in which they first occur.
        TValue[] distinct = [.. all.Select(p => p.Value).Distinct()];
        Delegate getter = Generic.Call<Delegate>(
            typeof(ValueTable), nameof(KeyValues), [valueType.RawType], Raw(distinct.Select(v => (object)v!), valueType.RawType));
        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(AnnotationKinds.KeyValues, new VectorDataViewType((PrimitiveDataViewType)valueType, distinct.Length), getter);
        uint[] numbers = [.. all.Select(p => (uint)Array.IndexOf(distinct, p.Value) + 1)];
        return Make(keyType, new KeyDataViewType(typeof(uint), Math.Max(1, distinct.Length)), builder.ToAnnotations(), keys, numbers);
    }

    public static ValueTable Create<TKey, TValue>(IEnumerable<KeyValuePair<TKey, TValue[]>> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        KeyValuePair<TKey, TValue[]>[] all = [.. pairs];
        PrimitiveDataViewType item = Primitive<TValue>();
        int[] lengths = [.. all.Select(p => p.Value.Length).Distinct()];
        var valueType = new VectorDataViewType(item, lengths.Length == 1 ? lengths[0] : 0);
        DataViewType keyType = Primitive<TKey>();
        object[] vectors = [.. all.Select(p => Generic.Call<object>(
            typeof(ValueTable), nameof(Vector), [item.RawType], Raw(p.Value.Select(v => (object)v!), item.RawType)))];
        Array keys = Raw(all.Select(p => (object)p.Key!), keyType.RawType);
        return Make(keyType, valueType, DataViewSchema.Annotations.Empty, keys, Raw(vectors, valueType.RawType));
    }

    public static ValueTable Create(IDataView lookup, DataViewSchema.Column keyColumn, DataViewSchema.Column valueColumn)
    {
        ArgumentNullException.ThrowIfNull(lookup);
        return Make(
            keyColumn.Type, valueColumn.Type, valueColumn.Annotations,
            Generic.Call<Array>(typeof(ValueTable), nameof(Column), [keyColumn.Type.RawType], lookup, keyColumn),
            Generic.Call<Array>(typeof(ValueTable), nameof(Column), [valueColumn.Type.RawType], lookup, valueColumn));
    }

    public static ValueTable Read(BinaryReader reader)
    {
        DataViewType keyType = ValueSerializer.ReadType(reader);
        DataViewType valueType = ValueSerializer.ReadType(reader);
        DataViewSchema.Annotations annotations = SchemaSerializer.ReadAnnotations(reader);
        int count = reader.ReadInt32();
        return Make(
            keyType, valueType, annotations,
            Generic.Call<Array>(typeof(ValueTable), nameof(ReadValues), [keyType.RawType], reader, count),
            Generic.Call<Array>(typeof(ValueTable), nameof(ReadValues), [valueType.RawType], reader, count));
    }

    public void Write(BinaryWriter writer)
    {
        ValueSerializer.WriteType(writer, KeyType);
        ValueSerializer.WriteType(writer, ValueType);
        SchemaSerializer.WriteAnnotations(writer, Annotations);
        WriteValues(writer);
    }

    public abstract Delegate Getter(DataViewRow row, DataViewSchema.Column column);

    protected abstract void WriteValues(BinaryWriter writer);

    private static PrimitiveDataViewType Primitive<T>() => DataViewTypeExtensions.PrimitiveOf(typeof(T))
        ?? throw new ArgumentException($"Values of type {typeof(T)} cannot be mapped.");

    private static Array Raw(IEnumerable<object> values, Type raw)
    {
        object[] all = [.. values.Select(v => v is string text ? text.AsMemory() : v)];
        Array array = Array.CreateInstance(raw, all.Length);
        all.CopyTo(array, 0);
        return array;
    }

    private static object Vector<T>(T[] items) => new VBuffer<T>(items.Length, items);

    private static Delegate KeyValues<T>(T[] values) =>
        (ValueGetter<VBuffer<T>>)((ref VBuffer<T> dst) => VBuffer<T>.Copy(values, 0, ref dst, values.Length));

    private static Array Column<T>(IDataView data, DataViewSchema.Column column)
    {
        var values = new List<T>();
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<T> getter = cursor.GetGetter<T>(column);
        while (cursor.MoveNext())
        {
            T value = default!;
            getter(ref value);
            values.Add(value is ReadOnlyMemory<char> text ? (T)(object)text.ToString().AsMemory() : value);
        }

        return values.ToArray();
    }

    private static Array ReadValues<T>(BinaryReader reader, int count)
    {
        T[] values = new T[count];
        for (int i = 0; i < count; i++)
            values[i] = ValueSerializer.Read<T>(reader);
        return values;
    }

    private static ValueTable Make(
        DataViewType keyType, DataViewType valueType, DataViewSchema.Annotations annotations, Array keys, Array values) =>
        (ValueTable)Activator.CreateInstance(
            typeof(ValueTable<,>).MakeGenericType(keyType.RawType, valueType.RawType), keyType, valueType, annotations, keys, values)!;
}

internal sealed class ValueTable<TKey, TValue> : ValueTable
    where TKey : notnull
{
    private readonly TKey[] _keys;
    private readonly TValue[] _values;
    private readonly Dictionary<TKey, int> _slots = new(ValueComparers.Equality<TKey>());

    public ValueTable(DataViewType keyType, DataViewType valueType, DataViewSchema.Annotations annotations, TKey[] keys, TValue[] values)
        : base(keyType, valueType, annotations)
    {
        _keys = keys;
        _values = values;
        for (int i = 0; i < keys.Length; i++)
        {
            if (!_slots.TryAdd(keys[i], i))
                throw new InvalidOperationException($"Duplicate keys in data to be mapped: '{keys[i]}'.");
        }
    }

    public override Delegate Getter(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<TKey> getter = row.GetGetter<TKey>(column);
        TKey key = default!;
        Func<int> slot = () =>
        {
            getter(ref key);
            return _slots.TryGetValue(key, out int found) ? found : -1;
        };
        return ValueType is VectorDataViewType vector
            ? Generic.Call<Delegate>(
                typeof(ValueTable<TKey, TValue>), nameof(VectorGetter), [vector.ItemType.RawType], _values, slot, vector.Size)
            : (ValueGetter<TValue>)((ref TValue dst) => dst = slot() is var at and >= 0 ? _values[at] : default!);
    }

    protected override void WriteValues(BinaryWriter writer)
    {
        writer.Write(_keys.Length);
        foreach (TKey key in _keys)
            ValueSerializer.Write(writer, key);
        foreach (TValue value in _values)
            ValueSerializer.Write(writer, value);
    }

    private static Delegate VectorGetter<TItem>(VBuffer<TItem>[] values, Func<int> slot, int size) =>
        (ValueGetter<VBuffer<TItem>>)((ref VBuffer<TItem> dst) =>
    {
        int at = slot();
        if (at >= 0)
            values[at].CopyTo(ref dst);
        else
            dst = new VBuffer<TItem>(size, 0, [], []);
    });
}
