namespace Microsoft.ML.Data;

public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(columnName);
        DataViewSchema.Column column = data.Schema.GetColumnOrNull(columnName)
            ?? throw new ArgumentOutOfRangeException(nameof(columnName), $"Could not find input column '{columnName}'");
        return data.GetColumn<T>(column);
    }

    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        ArgumentNullException.ThrowIfNull(data);
        if ((uint)column.Index >= (uint)data.Schema.Count || data.Schema[column.Index].Name != column.Name)
            throw new ArgumentException($"'{column.Name}' is not a column of this data.", nameof(column));
        if (MemberAccess.ColumnRawType(typeof(T)) != column.Type.RawType)
            throw new ArgumentOutOfRangeException(
                nameof(T), $"Could not map a data view column '{column.Name}' of type {column.Type} to {typeof(T)}.");
        if (typeof(T) == typeof(string))
            return (IEnumerable<T>)Values<ReadOnlyMemory<char>, string>(data, column, text => text.ToString());
        if (typeof(T) == typeof(string[]))
            return (IEnumerable<T>)Values<VBuffer<ReadOnlyMemory<char>>, string[]>(
                data, column, texts => [.. texts.DenseValues().Select(t => t.ToString())]);
        if (typeof(T).IsArray)
            return Generic.Call<IEnumerable<T>>(
                typeof(ColumnCursorExtensions), nameof(Arrays), [typeof(T).GetElementType()!], data, column);
        // Vectors are copied: a caller may keep them.
        return Values<T, T>(data, column, value => value);
    }

    private static IEnumerable<TItem[]> Arrays<TItem>(IDataView data, DataViewSchema.Column column) =>
        Values<VBuffer<TItem>, TItem[]>(data, column, vector => [.. vector.DenseValues()]);

    private static IEnumerable<TOut> Values<TRaw, TOut>(IDataView data, DataViewSchema.Column column, Func<TRaw, TOut> convert)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<TRaw> getter = cursor.GetGetter<TRaw>(cursor.Schema[column.Index]);
        while (cursor.MoveNext())
        {
            TRaw value = default!;
            getter(ref value);
            yield return convert(value);
        }
    }
}
