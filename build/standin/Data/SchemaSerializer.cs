using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Writes a schema into a model file. Like ML.NET it leaves out hidden columns and columns whose type has no binary form (images),
/// and refuses when nothing is left. Of annotations it keeps those with text, number and boolean values.
/// </summary>
internal static class SchemaSerializer
{
    public const string Entry = "Schema";

    public static DataViewSchema.Column[] Savable(DataViewSchema schema, IChannel channel, bool keepHidden = false)
    {
        var columns = new List<DataViewSchema.Column>();
        foreach (DataViewSchema.Column column in schema.Where(c => keepHidden || !c.IsHidden))
        {
            if (ValueSerializer.CanWrite(column.Type))
                columns.Add(column);
            else
                channel.Info(
                    MessageSensitivity.Schema, "The column '{0}' will not be written as it has unsavable column type.", column.Name);
        }

        return columns.Count > 0 ? [.. columns] : throw new InvalidOperationException("No valid columns to save");
    }

    public static void Write(BinaryWriter writer, DataViewSchema.Column[] columns)
    {
        writer.Write(columns.Length);
        foreach (DataViewSchema.Column column in columns)
        {
            writer.Write(column.Name);
            ValueSerializer.WriteType(writer, column.Type);
            WriteAnnotations(writer, column.Annotations);
        }
    }

    public static DataViewSchema Read(BinaryReader reader)
    {
        var builder = new DataViewSchema.Builder();
        for (int left = reader.ReadInt32(); left > 0; left--)
            builder.AddColumn(reader.ReadString(), ValueSerializer.ReadType(reader), ReadAnnotations(reader));
        return builder.ToSchema();
    }

    public static void WriteAnnotations(BinaryWriter writer, DataViewSchema.Annotations annotations)
    {
        DataViewSchema.Column[] kept = [.. annotations.Schema.Where(c => ValueSerializer.CanWrite(c.Type))];
        writer.Write(kept.Length);
        foreach (DataViewSchema.Column column in kept)
        {
            writer.Write(column.Name);
            ValueSerializer.WriteType(writer, column.Type);
            Generic.Call<object?>(typeof(SchemaSerializer), nameof(WriteValue), [column.Type.RawType], writer, annotations, column);
        }
    }

    public static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        for (int left = reader.ReadInt32(); left > 0; left--)
        {
            string name = reader.ReadString();
            DataViewType type = ValueSerializer.ReadType(reader);
            Generic.Call<object?>(typeof(SchemaSerializer), nameof(ReadValue), [type.RawType], reader, builder, name, type);
        }

        return builder.ToAnnotations();
    }

    private static object? WriteValue<TValue>(BinaryWriter writer, DataViewSchema.Annotations annotations, DataViewSchema.Column column)
    {
        TValue value = default!;
        annotations.GetGetter<TValue>(column)(ref value);
        ValueSerializer.Write(writer, value);
        return null;
    }

    private static object? ReadValue<TValue>(
        BinaryReader reader, DataViewSchema.Annotations.Builder builder, string name, DataViewType type)
    {
        TValue value = ValueSerializer.Read<TValue>(reader);
        builder.Add(name, type, (ref TValue dst) => dst = value);
        return null;
    }
}
