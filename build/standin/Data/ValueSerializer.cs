namespace Microsoft.ML.Data;

/// <summary>Column types and their values in binary form.</summary>
internal static class ValueSerializer
{
    private static readonly PrimitiveDataViewType[] Simple =
    [
        .. NumberDataViewType.All, TextDataViewType.Instance, BooleanDataViewType.Instance, DateTimeDataViewType.Instance,
        DateTimeOffsetDataViewType.Instance, TimeSpanDataViewType.Instance, RowIdDataViewType.Instance,
    ];

    public static bool CanWrite(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    public static void WriteType(BinaryWriter writer, DataViewType type)
    {
        if (type is VectorDataViewType vector)
        {
            writer.Write((byte)'v');
            writer.Write(vector.Dimensions.Length);
            foreach (int dimension in vector.Dimensions)
                writer.Write(dimension);
            WriteType(writer, vector.ItemType);
        }
        else if (type is KeyDataViewType key)
        {
            writer.Write((byte)'k');
            writer.Write(key.Count);
            writer.Write((byte)Array.FindIndex(Simple, s => s.RawType == key.RawType));
        }
        else
        {
            int index = Array.IndexOf(Simple, type);
            if (index < 0)
                throw new InvalidOperationException($"Values of type {type} cannot be saved.");
            writer.Write((byte)'s');
            writer.Write((byte)index);
        }
    }

    public static DataViewType ReadType(BinaryReader reader)
    {
        switch ((char)reader.ReadByte())
        {
            case 'v':
                int[] dimensions = new int[reader.ReadInt32()];
                for (int i = 0; i < dimensions.Length; i++)
                    dimensions[i] = reader.ReadInt32();
                return new VectorDataViewType((PrimitiveDataViewType)ReadType(reader), dimensions);
            case 'k':
                ulong count = reader.ReadUInt64();
                return new KeyDataViewType(Simple[reader.ReadByte()].RawType, count);
            case 's':
                return Simple[reader.ReadByte()];
            default:
                throw new FormatException("Corrupt model file: unknown column type.");
        }
    }

    public static void Write<T>(BinaryWriter writer, T value)
    {
        switch (value)
        {
            case ReadOnlyMemory<char> v: writer.Write(v.ToString()); break;
            case bool v: writer.Write(v); break;
            case sbyte v: writer.Write(v); break;
            case byte v: writer.Write(v); break;
            case short v: writer.Write(v); break;
            case ushort v: writer.Write(v); break;
            case int v: writer.Write(v); break;
            case uint v: writer.Write(v); break;
            case long v: writer.Write(v); break;
            case ulong v: writer.Write(v); break;
            case float v: writer.Write(v); break;
            case double v: writer.Write(v); break;
            case DateTime v: writer.Write(v.ToBinary()); break;
            case TimeSpan v: writer.Write(v.Ticks); break;
            case DateTimeOffset v:
                writer.Write(v.Ticks);
                writer.Write(v.Offset.Ticks);
                break;
            case DataViewRowId v:
                writer.Write(v.Low);
                writer.Write(v.High);
                break;
            default:
                if (!typeof(T).IsGenericType || typeof(T).GetGenericTypeDefinition() != typeof(VBuffer<>))
                    throw new InvalidOperationException($"Values of type {typeof(T)} cannot be saved.");
                Generic.Call<object?>(typeof(ValueSerializer), nameof(WriteVector), [typeof(T).GetGenericArguments()[0]], writer, value);
                break;
        }
    }

    public static T Read<T>(BinaryReader reader)
    {
        Type type = typeof(T);
        object value =
            type == typeof(ReadOnlyMemory<char>) ? reader.ReadString().AsMemory()
            : type == typeof(bool) ? reader.ReadBoolean()
            : type == typeof(sbyte) ? reader.ReadSByte()
            : type == typeof(byte) ? reader.ReadByte()
            : type == typeof(short) ? reader.ReadInt16()
            : type == typeof(ushort) ? reader.ReadUInt16()
            : type == typeof(int) ? reader.ReadInt32()
            : type == typeof(uint) ? reader.ReadUInt32()
            : type == typeof(long) ? reader.ReadInt64()
            : type == typeof(ulong) ? reader.ReadUInt64()
            : type == typeof(float) ? reader.ReadSingle()
            : type == typeof(double) ? reader.ReadDouble()
            : type == typeof(DateTime) ? DateTime.FromBinary(reader.ReadInt64())
            : type == typeof(TimeSpan) ? new TimeSpan(reader.ReadInt64())
            : type == typeof(DateTimeOffset) ? new DateTimeOffset(reader.ReadInt64(), new TimeSpan(reader.ReadInt64()))
            : type == typeof(DataViewRowId) ? new DataViewRowId(reader.ReadUInt64(), reader.ReadUInt64())
            : Generic.Call<object>(typeof(ValueSerializer), nameof(ReadVector), [type.GetGenericArguments()[0]], reader);
        return (T)value;
    }

    private static object? WriteVector<TItem>(BinaryWriter writer, VBuffer<TItem> vector)
    {
        writer.Write(vector.Length);
        if (typeof(TItem) == typeof(byte))
        {
            writer.Write([.. vector.DenseValues().Cast<byte>()]);
            return null;
        }

        foreach (TItem item in vector.DenseValues())
            Write(writer, item);
        return null;
    }

    private static object ReadVector<TItem>(BinaryReader reader)
    {
        int length = reader.ReadInt32();
        if (typeof(TItem) == typeof(byte))
            return new VBuffer<byte>(length, reader.ReadBytes(length));
        TItem[] items = new TItem[length];
        for (int i = 0; i < items.Length; i++)
            items[i] = Read<TItem>(reader);
        return new VBuffer<TItem>(items.Length, items);
    }
}
