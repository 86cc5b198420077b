using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>
/// Gives every row a number in [0, 1) that depends on nothing but the seed and the row's sampling key (or its id), so that both sides
/// of a split agree and rows of one key stay together. As in ML.NET the share of rows on a side is right in expectation, not exactly.
/// </summary>
internal sealed class SplitRule
{
    private readonly ulong _seed;

    public SplitRule(DataViewSchema schema, string? keyColumn, int seed)
    {
        _seed = DataViewRowId.Mix((ulong)(uint)seed + 0x9E3779B97F4A7C15);
        KeyColumn = keyColumn == null ? null : schema.FindInput(keyColumn, "SamplingKeyColumn");
    }

    public DataViewSchema.Column? KeyColumn { get; }

    public Func<double> Reader(DataViewRow row)
    {
        if (KeyColumn is { } key)
            return Generic.Call<Func<double>>(this, nameof(KeyReader), [key.Type.RawType], row, key);
        ValueGetter<DataViewRowId> getter = row.GetIdGetter();
        return () =>
        {
            DataViewRowId id = default;
            getter(ref id);
            return Fraction(DataViewRowId.Mix(id.Low) ^ id.High);
        };
    }

    private Func<double> KeyReader<TValue>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<TValue> getter = row.GetGetter<TValue>(row.Schema[column.Index]);
        TValue value = default!;
        return () =>
        {
            getter(ref value);
            // FNV-1a over the value's text: string.GetHashCode differs from process to process.
            string text = value is IEnumerable<char> or ReadOnlyMemory<char> ? value.ToString()! : FormattableString.Invariant($"{value}");
            return Fraction(text.Aggregate(14695981039346656037, (hash, c) => (hash ^ c) * 1099511628211));
        };
    }

    private double Fraction(ulong hash) => (DataViewRowId.Mix(hash ^ _seed) >> 11) * (1.0 / (1UL << 53));
}

/// <summary>The rows whose number lies in [from, to), or the others.</summary>
internal sealed class SplitDataView(IDataView source, SplitRule rule, double from, double to, bool complement) : ViewBase
{
    public override DataViewSchema Schema => source.Schema;

    public override bool CanShuffle => source.CanShuffle;

    public override long? GetRowCount() => null;

    public override DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = GetterChecks.ActiveSet(Schema, columnsNeeded);
        IEnumerable<DataViewSchema.Column> needed = Schema.Where(c => active[c.Index] || rule.KeyColumn?.Index == c.Index);
        return new Cursor(source.GetRowCursor([.. needed], rand), active, rule, number => (number >= from && number < to) != complement);
    }

    private sealed class Cursor(DataViewRowCursor input, bool[] active, SplitRule rule, Func<double, bool> isIn) : WrappingCursor(input)
    {
        private readonly Func<double> _number = rule.Reader(input);
        private long _position = -1;

        public override DataViewSchema Schema => Input.Schema;

        public override long Position => _position;

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            GetterChecks.CheckActive(this, column);
            return Input.GetGetter<TValue>(column);
        }

        public override bool MoveNext()
        {
            while (Input.MoveNext())
            {
                if (!isIn(_number()))
                    continue;
                _position++;
                return true;
            }

            _position = -1;
            return false;
        }
    }
}
