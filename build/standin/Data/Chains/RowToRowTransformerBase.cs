namespace Microsoft.ML.Data;

/// <summary>The base of the built-in row-to-row transformers. It cannot be derived from outside, as in ML.NET.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected RowToRowTransformerBase()
    {
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new MappedDataView(new EmptyDataView(inputSchema), MakeMapper(inputSchema)).Schema;
    }

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new MappedDataView(input, MakeMapper(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new MappedDataView(new EmptyDataView(inputSchema), MakeMapper(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ModelSaveContext.CheckNotNull(ctx);
        SaveModel(ctx);
    }

    private protected abstract RowMapper MakeMapper(DataViewSchema schema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}
