using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingEstimator(string output, string[] inputs)
    {
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(inputs);
        _output = output;
        _inputs = inputs.Length == 0 ? [output] : inputs;
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var transformer = new ColumnConcatenatingTransformer(_output, _inputs);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        SchemaShape.Column[] columns = [.. _inputs.Select(name => inputSchema.Find(name))];
        foreach (SchemaShape.Column column in columns.Skip(1))
        {
            if (!column.ItemType.Equals(columns[0].ItemType) || column.IsKey != columns[0].IsKey)
                throw Mismatch.Wrong("input", column.Name, columns[0].ItemType.ToString()!, column.TypeText());
        }

        bool known = columns.All(c => c.Kind != SchemaShape.Column.VectorKind.VariableVector);
        var annotations = new List<SchemaShape.Column>();
        if (known)
            annotations.Add(new(AnnotationKinds.SlotNames, SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false));
        var kind = known ? SchemaShape.Column.VectorKind.Vector : SchemaShape.Column.VectorKind.VariableVector;
        return inputSchema.With(new SchemaShape.Column(_output, kind, columns[0].ItemType, columns[0].IsKey, new SchemaShape(annotations)));
    }
}
