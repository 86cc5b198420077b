using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IEnumerable<(string Output, string Input)> columns)
        : base(new KeyToValueMappingTransformer(columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return inputSchema.With(Transformer.Pairs.Select(pair =>
        {
            SchemaShape.Column input = inputSchema.Find(pair.Input);
            if (!input.IsKey || !input.Annotations.TryFindColumn(AnnotationKinds.KeyValues, out SchemaShape.Column values))
                throw Mismatch.Wrong("input", pair.Input, "Key with KeyValues annotation", input.TypeText());
            return new SchemaShape.Column(pair.Output, input.Kind, values.ItemType, values.IsKey);
        }));
    }
}
