namespace Microsoft.ML.Data;

/// <summary>Transformers that compute each output column from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    private protected OneToOneTransformerBase(IEnumerable<(string Output, string Input)> columns)
    {
        Pairs = [.. columns];
        foreach ((string output, string input) in Pairs)
        {
            ArgumentException.ThrowIfNullOrEmpty(output);
            ArgumentException.ThrowIfNullOrEmpty(input);
        }
    }

    internal (string Output, string Input)[] Pairs { get; }

    private protected sealed override RowMapper MakeMapper(DataViewSchema schema) => new Mapper(this, schema);

    /// <summary>Checks the input column and gives the output column's type and annotations.</summary>
    private protected abstract DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input);

    /// <summary>A getter of the output column; what is added to the disposer runs with the row.</summary>
    private protected abstract Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer);

    private protected void SavePairs(BinaryWriter writer)
    {
        writer.Write(Pairs.Length);
        foreach ((string output, string input) in Pairs)
        {
            writer.Write(output);
            writer.Write(input);
        }
    }

    internal static (string Output, string Input)[] LoadPairs(BinaryReader reader)
    {
        var pairs = new (string, string)[reader.ReadInt32()];
        for (int i = 0; i < pairs.Length; i++)
            pairs[i] = (reader.ReadString(), reader.ReadString());
        return pairs;
    }

    private sealed class Mapper : ColumnwiseMapper
    {
        private readonly OneToOneTransformerBase _transformer;
        private readonly DataViewSchema.Column[] _inputs;

        public Mapper(OneToOneTransformerBase transformer, DataViewSchema schema)
        {
            _transformer = transformer;
            _inputs = [.. transformer.Pairs.Select(p => schema.FindInput(p.Input))];
            OutputColumns = [.. _inputs.Select((column, i) => transformer.Bind(i, column))];
        }

        public override DataViewSchema.DetachedColumn[] OutputColumns { get; }

        public override IEnumerable<int> InputsOf(int output) => [_inputs[output].Index];

        protected override Delegate CreateGetter(DataViewRow input, int output, ref Action? disposer) =>
            _transformer.MakeGetter(output, input, _inputs[output], ref disposer);
    }
}
