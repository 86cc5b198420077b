using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Onnx;

public sealed class OnnxScoringEstimator : TrivialEstimator<OnnxTransformer>
{
    internal OnnxScoringEstimator(OnnxTransformer transformer)
        : base(transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (OnnxNode node in Transformer.Inputs)
        {
            SchemaShape.Column column = inputSchema.Find(node.Name);
            if (column.Kind == SchemaShape.Column.VectorKind.VariableVector)
                throw Mismatch.Wrong("input", node.Name, "fixed-length vector", column.TypeText());
            if (!column.ItemType.Equals(node.ItemType))
                throw Mismatch.Wrong("input", node.Name, node.ItemType.ToString()!, column.ItemType.ToString()!);
        }

        return inputSchema.With(Transformer.Outputs.Select(node => SchemaShape.Column.Of(node.Name, node.ColumnType)));
    }
}
