using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public class ValueMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "ValueMapping";

    internal ValueMappingTransformer(string output, string input, ValueTable table)
        : base([(output, input)]) => Table = table;

    internal ValueTable Table { get; }

    internal static ValueMappingTransformer Load(ModelLoadContext ctx, BinaryReader reader)
    {
        (string output, string input) = LoadPairs(reader)[0];
        return new(output, input, ValueTable.Read(reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, writer =>
    {
        SavePairs(writer);
        Table.Write(writer);
    });

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input)
    {
        if (!input.Type.Equals(Table.KeyType))
            throw Mismatch.Wrong("input", input.Name, Table.KeyType.ToString()!, input.Type.ToString()!);
        return new(Pairs[pair].Output, Table.ValueType, Table.Annotations);
    }

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer) => Table.Getter(row, input);
}
