using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(ColumnSelectingTransformer transformer)
        : base(transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new SchemaShape(Transformer.Drop
            ? inputSchema.Where(c => !Transformer.Names.Contains(c.Name))
            : Transformer.Names.Select(name => inputSchema.Find(name)));
    }
}
