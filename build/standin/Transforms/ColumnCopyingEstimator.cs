using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingEstimator : TrivialEstimator<ColumnCopyingTransformer>
{
    internal ColumnCopyingEstimator(IEnumerable<(string Output, string Input)> columns)
        : base(new ColumnCopyingTransformer(columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => inputSchema.With(Transformer.Pairs.Select(pair =>
    {
        SchemaShape.Column input = inputSchema.Find(pair.Input);
        return new SchemaShape.Column(pair.Output, input.Kind, input.ItemType, input.IsKey, input.Annotations);
    }));
}
