using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ValueToKey";
    private readonly KeyTable[] _tables;
    private readonly bool _asText;

    internal ValueToKeyMappingTransformer(IEnumerable<(string Output, string Input)> columns, KeyTable[] tables, bool asText)
        : base(columns)
    {
        _tables = tables;
        _asText = asText;
    }

    internal static ValueToKeyMappingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        var columns = LoadPairs(reader);
        bool asText = reader.ReadBoolean();
        KeyTable[] tables = [.. columns.Select(_ =>
        {
            KeyTable table = KeyTable.Create(ValueSerializer.ReadType(reader));
            table.Read(reader);
            return table;
        })];
        return new(columns, tables, asText);
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        writer.Write(_asText);
        foreach (KeyTable table in _tables)
        {
            ValueSerializer.WriteType(writer, table.ItemType);
            table.Write(writer);
        }
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        KeyTable table = _tables[pair];
        if (!input.Type.GetItemType().Equals(table.ItemType))
            throw Mismatch.Wrong("input", input.Name, table.ItemType.ToString()!, input.Type.ToString()!);
        var key = new KeyDataViewType(typeof(uint), Math.Max(1, table.Count));
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(key, vector.Dimensions) : key;
        return new(Pairs[pair].Output, type, table.Count > 0 ? table.Annotations(_asText) : null);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer) =>
        _tables[pair].Getter(row, input);
}
