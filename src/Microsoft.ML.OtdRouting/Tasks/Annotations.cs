using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tasks;

/// <summary>Makes annotations of columns, and reads them.</summary>
internal static class Annotations
{
    /// <summary>Kind of the values that keys stand for; ML.NET's own.</summary>
    public const string KeyValues = "KeyValues";

    /// <summary>Kind of the names of the slots of a vector; ML.NET's own.</summary>
    public const string SlotNames = "SlotNames";

    /// <summary>Annotations of one kind that holds texts.</summary>
    public static DataViewSchema.Annotations Texts(string kind, IReadOnlyList<string> values)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        AddTexts(builder, kind, values);
        return builder.ToAnnotations();
    }

    public static void AddTexts(DataViewSchema.Annotations.Builder builder, string kind, IReadOnlyList<string> values)
    {
        var texts = new VBuffer<ReadOnlyMemory<char>>(values.Count, values.Select(v => v.AsMemory()).ToArray());
        builder.Add(
            kind,
            new VectorDataViewType(TextDataViewType.Instance, values.Count),
            (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) => texts.CopyTo(ref value)));
    }

    public static void AddDoubles(DataViewSchema.Annotations.Builder builder, string kind, double[] values)
    {
        var vector = new VBuffer<double>(values.Length, values);
        builder.Add(
            kind,
            new VectorDataViewType(NumberDataViewType.Double, values.Length),
            (ValueGetter<VBuffer<double>>)((ref VBuffer<double> value) => vector.CopyTo(ref value)));
    }

    /// <summary>The annotations of one kind alone; null where there are none.</summary>
    public static DataViewSchema.Annotations? Only(string kind, DataViewSchema.Annotations? source)
    {
        if (source is null)
        {
            return null;
        }

        var builder = new DataViewSchema.Annotations.Builder();
        builder.Add(source, k => k == kind);
        return builder.ToAnnotations();
    }

    /// <summary>The value of an annotation.</summary>
    public static T Read<T>(DataViewSchema.Column column, string kind)
    {
        T value = default!;
        column.Annotations.GetValue(kind, ref value);
        return value;
    }
}
