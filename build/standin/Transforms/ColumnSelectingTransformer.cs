using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string LoaderName = "SelectColumns";
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(string[] names, bool drop, bool keepHidden)
    {
        ArgumentNullException.ThrowIfNull(names);
        Names = names;
        Drop = drop;
        _keepHidden = keepHidden;
    }

    bool ITransformer.IsRowToRowMapper => true;

    internal string[] Names { get; }

    internal bool Drop { get; }

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Select(new EmptyDataView(inputSchema)).Schema;

    public IDataView Transform(IDataView input) => Select(input);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => Select(new EmptyDataView(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        writer.Write(Drop);
        writer.Write(_keepHidden);
        writer.Write(Names.Length);
        foreach (string name in Names)
            writer.Write(name);
    });

    internal static ColumnSelectingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        bool drop = reader.ReadBoolean();
        bool keepHidden = reader.ReadBoolean();
        return new([.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadString())], drop, keepHidden);
    }

    private SelectedDataView Select(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        string? missing = Drop ? null : Names.FirstOrDefault(name => input.Schema.GetColumnOrNull(name) == null);
        if (missing != null)
            throw Mismatch.Missing("input", missing);
        IEnumerable<DataViewSchema.Column> visible = input.Schema.Where(c => _keepHidden || !c.IsHidden);
        int[] kept = Drop
            ? [.. visible.Where(c => !Names.Contains(c.Name)).Select(c => c.Index)]
            : [.. Names.SelectMany(name => visible.Where(c => c.Name == name)).Select(c => c.Index)];
        return new SelectedDataView(input, kept);
    }
}
