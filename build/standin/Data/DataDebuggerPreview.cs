using System.Collections.Immutable;

namespace Microsoft.ML.Data;

public sealed class DataDebuggerPreview
{
    internal DataDebuggerPreview(IDataView data, int maxRows)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentOutOfRangeException.ThrowIfNegative(maxRows);
        Schema = data.Schema;
        var rows = new List<RowInfo>();
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        Func<object?>[] readers = [.. Schema.Select(c =>
            Generic.Call<Func<object?>>(typeof(DataDebuggerPreview), nameof(Reader), [c.Type.RawType], cursor, c))];
        while (rows.Count < maxRows && cursor.MoveNext())
            rows.Add(new RowInfo([.. Schema.Select((c, i) => new KeyValuePair<string, object>(c.Name, readers[i]()!))]));
        RowView = [.. rows];
        ColumnView = [.. Schema.Select((c, i) => new ColumnInfo(c, [.. rows.Select(r => r.Values[i].Value)]))];
    }

    public DataViewSchema Schema { get; }

    public ImmutableArray<ColumnInfo> ColumnView { get; }

    public ImmutableArray<RowInfo> RowView { get; }

    public override string ToString() => $"{Schema.Count} columns, {RowView.Length} rows";

    private static Func<object?> Reader<TValue>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<TValue> getter = row.GetGetter<TValue>(column);
        return () =>
        {
            TValue value = default!;
            getter(ref value);
            return value;
        };
    }

    public sealed class ColumnInfo
    {
        internal ColumnInfo(DataViewSchema.Column column, object[] values)
        {
            Column = column;
            Values = values;
        }

        public DataViewSchema.Column Column { get; }

        public object[] Values { get; }

        public override string ToString() => $"{Column.Name}: {Column.Type}";
    }

    public sealed class RowInfo
    {
        internal RowInfo(KeyValuePair<string, object>[] values) => Values = values;

        public KeyValuePair<string, object>[] Values { get; }

        public override string ToString() => $"{Values.Length} columns";
    }
}
