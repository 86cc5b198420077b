using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class CustomMappingEstimator<TSrc, TDst> : TrivialEstimator<CustomMappingTransformer<TSrc, TDst>>
    where TSrc : class, new()
    where TDst : class, new()
{
    internal CustomMappingEstimator(CustomMappingTransformer<TSrc, TDst> transformer)
        : base(transformer)
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (SchemaDefinition.Column member in Transformer.InputDefinition)
        {
            SchemaShape.Column column = inputSchema.Find(member.ColumnName);
            SchemaShape.Column needed = SchemaShape.Column.Of(member.ColumnName, member.ColumnType);
            bool vectors = column.Kind != SchemaShape.Column.VectorKind.Scalar == (needed.Kind != SchemaShape.Column.VectorKind.Scalar);
            if (!vectors || column.ItemType.RawType != needed.ItemType.RawType)
                throw Mismatch.Wrong("input", member.ColumnName, needed.TypeText(), column.TypeText());
        }

        return inputSchema.With(TypedSchema.Columns(Transformer.OutputDefinition)
            .Select(c => SchemaShape.Column.Of(c.Name, c.Type, SchemaShape.Create(c.Annotations.Schema))));
    }
}
