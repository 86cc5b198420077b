using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

public static class BinaryLoaderSaverCatalog
{
    public static void SaveAsBinary(this DataOperationsCatalog catalog, IDataView data, Stream stream, bool keepHidden = false)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(stream);
        using IChannel channel = catalog.Context.Environment.Start("BinarySaver");
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        DataViewSchema.Column[] columns = SchemaSerializer.Savable(data.Schema, channel, keepHidden);
        SchemaSerializer.Write(writer, columns);
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        Action[] values = [.. columns.Select(c =>
            Generic.Call<Action>(typeof(BinaryLoaderSaverCatalog), nameof(ValueWriter), [c.Type.RawType], writer, cursor, c))];
        while (cursor.MoveNext())
        {
            writer.Write(true);
            foreach (Action value in values)
                value();
        }

        writer.Write(false);
    }

    public static IDataView LoadFromBinary(this DataOperationsCatalog catalog, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new BinaryDataView(path);
    }

    private static Action ValueWriter<TValue>(BinaryWriter writer, DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<TValue> getter = row.GetGetter<TValue>(column);
        TValue value = default!;
        return () =>
        {
            getter(ref value);
            ValueSerializer.Write(writer, value);
        };
    }
}
