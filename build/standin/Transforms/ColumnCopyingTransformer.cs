using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

public sealed class ColumnCopyingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "CopyColumns";

    internal ColumnCopyingTransformer(IEnumerable<(string Output, string Input)> columns)
        : base(columns)
    {
    }

    internal static ColumnCopyingTransformer Load(ModelLoadContext ctx, BinaryReader reader) => new(LoadPairs(reader));

    private protected override DataViewSchema.DetachedColumn Bind(int pair, DataViewSchema.Column input) =>
        new(Pairs[pair].Output, input.Type, input.Annotations);

    private protected override Delegate MakeGetter(int pair, DataViewRow row, DataViewSchema.Column input, ref Action? disposer) => row.AnyGetter(input);

    private protected override void SaveModel(ModelSaveContext ctx) => ctx.Write(LoaderName, SavePairs);
}
