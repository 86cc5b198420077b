namespace Microsoft.ML.Data;

internal static class TransformerChain
{
    public const string LoaderName = "TransformerChain";

    public static TransformerChain<ITransformer> Load(ModelLoadContext ctx, BinaryReader reader)
    {
        int count = reader.ReadInt32();
        var scopes = new TransformerScope[count];
        for (int i = 0; i < count; i++)
            scopes[i] = (TransformerScope)reader.ReadInt32();
        return new TransformerChain<ITransformer>([.. Enumerable.Range(0, count).Select(i => ctx.LoadModel(FolderOf(i)))], scopes);
    }

    public static string FolderOf(int index) => $"Transform_{index:000}";
}
