using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Columns of keys, stored as any unsigned integer.</summary>
internal static class KeyColumn
{
    /// <summary>Finds and checks a column of keys.</summary>
    /// <param name="schema">The columns there are.</param>
    /// <param name="name">Name of the column.</param>
    /// <param name="role">What it is for, for messages.</param>
    /// <exception cref="ArgumentException">There is no such column, or it is not of key type.</exception>
    public static DataViewSchema.Column Bind(DataViewSchema schema, string name, string role = "label column")
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"There is no {role} '{name}'; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
        return column.Type is KeyDataViewType
            ? column
            : throw new ArgumentException($"The {role} '{name}' is {column.Type}; expected a key. Append Conversion.MapValueToKey before the router.");
    }

    /// <summary>The type in which keys are stored, by its name.</summary>
    /// <exception cref="InvalidDataException">Keys are not stored as that.</exception>
    public static Type RawType(string name) =>
        new[] { typeof(uint), typeof(byte), typeof(ushort), typeof(ulong) }.FirstOrDefault(t => t.Name == name)
        ?? throw new InvalidDataException($"Keys are not stored as {name}.");

    /// <summary>A type of keys that can count so far: stored as asked for, or as <see cref="uint"/> where that is too small.</summary>
    public static KeyDataViewType TypeOf(Type rawType, int count)
    {
        var most = rawType == typeof(byte) ? byte.MaxValue : rawType == typeof(ushort) ? ushort.MaxValue : int.MaxValue;
        return new KeyDataViewType(count <= most ? rawType : typeof(uint), count);
    }

    /// <summary>A getter of the key of a row, counted from 0; −1 where it is missing.</summary>
    public static Func<int> CreateGetter(DataViewRow row, DataViewSchema.Column column)
    {
        var type = column.Type.RawType;
        return type == typeof(uint) ? Getter<uint>(row, column, v => (int)v - 1)
            : type == typeof(byte) ? Getter<byte>(row, column, v => v - 1)
            : type == typeof(ushort) ? Getter<ushort>(row, column, v => v - 1)
            : Getter<ulong>(row, column, v => (int)v - 1);
    }

    private static Func<int> Getter<T>(DataViewRow row, DataViewSchema.Column column, Func<T, int> toIndex)
        where T : struct
    {
        var getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default;
            getter(ref value);
            return toIndex(value);
        };
    }
}
