using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public class ValueMappingEstimator : TrivialEstimator<ValueMappingTransformer>
{
    internal ValueMappingEstimator(string output, string input, ValueTable table)
        : base(new ValueMappingTransformer(output, input, table))
    {
    }

    public sealed override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        (string output, string input) = Transformer.Pairs[0];
        SchemaShape.Column column = inputSchema.Find(input);
        SchemaShape.Column needed = SchemaShape.Column.Of(input, Transformer.Table.KeyType);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || !column.ItemType.Equals(needed.ItemType) || column.IsKey != needed.IsKey)
            throw Mismatch.Wrong("input", input, needed.TypeText(), column.TypeText());
        return inputSchema.With(SchemaShape.Column.Of(output, Transformer.Table.ValueType, SchemaShape.Create(Transformer.Table.Annotations.Schema)));
    }
}

public sealed class ValueMappingEstimator<TKey, TValue> : ValueMappingEstimator
{
    internal ValueMappingEstimator(string output, string input, ValueTable table)
        : base(output, input, table)
    {
    }
}

public class ValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ValueMapping";

    internal ValueMappingTransformer(string output, string input, ValueTable table)
        : base([(output, input)]) => Table = table;

    internal ValueTable Table { get; }

    internal static ValueMappingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        (string output, string input) = LoadPairs(reader)[0];
        return new(output, input, ValueTable.Read(reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        Table.Write(writer);
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (!input.Type.Equals(Table.KeyType))
            throw Mismatch.Wrong("input", input.Name, Table.KeyType.ToString()!, input.Type.ToString()!);
        return new(Pairs[pair].Output, Table.ValueType, Table.Annotations);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input) => Table.Getter(row, input);
}
