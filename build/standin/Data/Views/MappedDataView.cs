using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// A view or a row-to-row mapper that adds the columns of a <see cref="RowMapper"/>; nothing is computed until a getter is called.
/// </summary>
internal sealed class MappedDataView : ViewBase, IRowToRowMapper
{
    private readonly IDataView _source;
    private readonly RowMapper _mapper;

    public MappedDataView(IDataView source, RowMapper mapper)
    {
        _source = source;
        _mapper = mapper;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        builder.AddColumns(mapper.OutputColumns);
        Schema = builder.ToSchema();
    }

    public override DataViewSchema Schema { get; }

    public DataViewSchema InputSchema => _source.Schema;

    public DataViewSchema OutputSchema => Schema;

    public override bool CanShuffle => _source.CanShuffle;

    public override long? GetRowCount() => _source.GetRowCount();

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        Dependencies(GetterChecks.ActiveSet(Schema, dependingColumns));

    private IEnumerable<DataViewSchema.Column> Dependencies(bool[] active)
    {
        int own = InputSchema.Count;
        bool[] needed = active[..own];
        for (int i = own; i < active.Length; i++)
        {
            if (!active[i])
                continue;
            foreach (int input in _mapper.InputsOf(i - own))
                needed[input] = true;
        }

        return [.. InputSchema.Where(c => needed[c.Index])];
    }

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = GetterChecks.ActiveSet(Schema, columnsNeeded);
        return new Cursor(this, _source.GetRowCursor(Dependencies(active), rand), active);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new InvalidOperationException("Schema of input row must be the same as the schema the mapper is bound to");
        return new Row(this, input, GetterChecks.ActiveSet(Schema, activeColumns));
    }

    /// <summary>The getters of one row or cursor: those of the source below, the mapper's own above.</summary>
    private sealed class Getters
    {
        private readonly MappedDataView _view;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly Delegate?[] _own;
        private readonly Action? _disposer;

        public Getters(MappedDataView view, DataViewRow input, bool[] active)
        {
            _view = view;
            _input = input;
            _active = active;
            _own = view._mapper.CreateGetters(input, active[view.InputSchema.Count..], out _disposer);
        }

        public bool IsActive(DataViewSchema.Column column) => (uint)column.Index < (uint)_active.Length
            ? _active[column.Index]
            : throw new ArgumentOutOfRangeException(nameof(column));

        public ValueGetter<TValue> Get<TValue>(DataViewRow row, DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(row, column);
            int own = column.Index - _view.InputSchema.Count;
            return own < 0 ? _input.GetGetter<TValue>(_input.Schema[column.Index]) : GetterChecks.Cast<TValue>(_own[own]!, column);
        }

        public void Dispose()
        {
            _disposer?.Invoke();
            _input.Dispose();
        }
    }

    private sealed class Cursor(MappedDataView view, DataViewRowCursor input, bool[] active) : WrappingCursor(input)
    {
        private readonly Getters _getters = new(view, input, active);

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Get<TValue>(this, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _getters.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Row(MappedDataView view, DataViewRow input, bool[] active) : DataViewRow
    {
        private readonly Getters _getters = new(view, input, active);

        public override DataViewSchema Schema => view.Schema;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _getters.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _getters.Get<TValue>(this, column);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _getters.Dispose();
            base.Dispose(disposing);
        }
    }
}
