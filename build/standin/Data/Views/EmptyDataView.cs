using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>No rows, the very schema instance it was given.</summary>
internal sealed class EmptyDataView(DataViewSchema schema) : ViewBase
{
    public override DataViewSchema Schema => schema;

    public override bool CanShuffle => true;

    public override long? GetRowCount() => 0;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(schema, GetterChecks.ActiveSet(schema, columnsNeeded));

    private sealed class Cursor(DataViewSchema schema, bool[] active) : DataViewRowCursor
    {
        public override DataViewSchema Schema => schema;

        public override long Position => -1;

        public override long Batch => 0;

        public override bool MoveNext() => false;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => GetterChecks.CheckPosition(-1);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            if (column.Type.RawType != typeof(TValue))
                throw new InvalidOperationException(
                    $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");
            return (ref TValue _) => GetterChecks.CheckPosition(-1);
        }
    }
}
