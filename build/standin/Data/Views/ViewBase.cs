using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>The checks every getter request passes: the column is this schema's, active, and of the type asked for.</summary>
internal static class GetterChecks
{
    public static void CheckActive(DataViewRow row, DataViewSchema.Column column)
    {
        if ((uint)column.Index >= (uint)row.Schema.Count)
            throw new ArgumentOutOfRangeException(nameof(column), $"Column '{column.Name}' is not a column of this row.");
        if (!row.IsColumnActive(column))
            throw new ArgumentOutOfRangeException(nameof(column), $"The requested column '{column.Name}' is not active.");
    }

    public static ValueGetter<TValue> Cast<TValue>(Delegate getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"Invalid TValue in GetGetter for column '{column.Name}': '{typeof(TValue)}', expected type: '{column.Type.RawType}'.");

    public static void CheckPosition(long position)
    {
        if (position < 0)
            throw new InvalidOperationException("Values can only be fetched after MoveNext has returned true.");
    }

    public static bool[] ActiveSet(DataViewSchema schema, IEnumerable<DataViewSchema.Column> columns)
    {
        bool[] active = new bool[schema.Count];
        foreach (DataViewSchema.Column column in columns)
        {
            if ((uint)column.Index >= (uint)active.Length || schema[column.Index].Name != column.Name)
                throw new ArgumentOutOfRangeException(nameof(columns), $"Column '{column.Name}' is not a column of this schema.");
            active[column.Index] = true;
        }

        return active;
    }

    /// <summary>A getter of any column as a delegate of the column's own raw type.</summary>
    public static Delegate AnyGetter(this DataViewRow row, DataViewSchema.Column column) =>
        Generic.Call<Delegate>(typeof(GetterChecks), nameof(TypedGetter), [column.Type.RawType], row, column);

    private static Delegate TypedGetter<TValue>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<TValue>(column);
}

/// <summary>A cursor that moves with another one and passes its position and id on.</summary>
internal abstract class WrappingCursor(DataViewRowCursor input) : DataViewRowCursor
{
    protected DataViewRowCursor Input => input;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool MoveNext() => input.MoveNext();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            input.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>
/// What the stand-in's views have in common. Cursors run on the caller's thread: where ML.NET consolidates several cursors on worker
/// threads, prefetches active columns and wraps a getter's exception, the stand-in gives one cursor, prefetches nothing and lets the
/// exception through as it is.
/// </summary>
internal abstract class ViewBase : IDataView
{
    public abstract DataViewSchema Schema { get; }

    public abstract bool CanShuffle { get; }

    public abstract long? GetRowCount();

    public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
