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
        return inputSchema.With(
            SchemaShape.Column.Of(output, Transformer.Table.ValueType, SchemaShape.Create(Transformer.Table.Annotations.Schema)));
    }
}
