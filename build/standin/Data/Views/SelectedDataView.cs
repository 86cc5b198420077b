using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>Some columns of the source, in a given order.</summary>
internal sealed class SelectedDataView : ViewBase, IRowToRowMapper
{
    private readonly IDataView _source;
    private readonly int[] _kept;

    public SelectedDataView(IDataView source, int[] kept)
    {
        _source = source;
        _kept = kept;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(kept.Select(i => source.Schema[i]));
        Schema = builder.ToSchema();
    }

    public override DataViewSchema Schema { get; }

    public DataViewSchema InputSchema => _source.Schema;

    public DataViewSchema OutputSchema => Schema;

    public override bool CanShuffle => _source.CanShuffle;

    public override long? GetRowCount() => _source.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        bool[] active = GetterChecks.ActiveSet(Schema, dependingColumns);
        return [.. _kept.Where((_, i) => active[i]).Distinct().Select(i => InputSchema[i])];
    }

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] needed = [.. columnsNeeded];
        return new Cursor(this, _source.GetRowCursor(GetDependencies(needed), rand), GetterChecks.ActiveSet(Schema, needed));
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (input.Schema != InputSchema)
            throw new InvalidOperationException("Schema of input row must be the same as the schema the mapper is bound to");
        return new Row(this, input, GetterChecks.ActiveSet(Schema, activeColumns));
    }

    private DataViewSchema.Column SourceOf(DataViewSchema.Column column) => InputSchema[_kept[column.Index]];

    private sealed class Cursor(SelectedDataView view, DataViewRowCursor input, bool[] active) : WrappingCursor(input)
    {
        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return Input.GetGetter<TValue>(view.SourceOf(column));
        }
    }

    private sealed class Row(SelectedDataView view, DataViewRow input, bool[] active) : DataViewRow
    {
        public override DataViewSchema Schema => view.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return input.GetGetter<TValue>(view.SourceOf(column));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
            base.Dispose(disposing);
        }
    }
}
