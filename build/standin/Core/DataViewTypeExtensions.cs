namespace Microsoft.ML.Data;

internal static class DataViewTypeExtensions
{
    public static DataViewType GetItemType(this DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>1 for scalars, the length for vectors of known size, 0 for vectors of unknown size.</summary>
    public static int GetValueCount(this DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

    /// <summary>The standard type of values of a raw .NET type, or null.</summary>
    public static PrimitiveDataViewType? PrimitiveOf(Type raw)
    {
        if (raw == typeof(string) || raw == typeof(ReadOnlyMemory<char>))
            return TextDataViewType.Instance;
        if (raw == typeof(bool))
            return BooleanDataViewType.Instance;
        if (raw == typeof(DateTime))
            return DateTimeDataViewType.Instance;
        if (raw == typeof(DateTimeOffset))
            return DateTimeOffsetDataViewType.Instance;
        if (raw == typeof(TimeSpan))
            return TimeSpanDataViewType.Instance;
        if (raw == typeof(DataViewRowId))
            return RowIdDataViewType.Instance;
        return NumberDataViewType.All.FirstOrDefault(n => n.RawType == raw);
    }
}
