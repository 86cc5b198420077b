using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using Microsoft.ML.Transforms.Onnx;

namespace Microsoft.ML;

/// <summary>The built-in transformers that a model file can hold, by loader name.</summary>
internal static class ModelLoaders
{
    private static readonly Dictionary<string, Func<ModelLoadContext, BinaryReader, ITransformer>> Loaders = new()
    {
        [TransformerChain.LoaderName] = TransformerChain.Load,
        [ColumnConcatenatingTransformer.LoaderName] = ColumnConcatenatingTransformer.Load,
        [ColumnCopyingTransformer.LoaderName] = ColumnCopyingTransformer.Load,
        [ColumnSelectingTransformer.LoaderName] = ColumnSelectingTransformer.Load,
        [ValueToKeyMappingTransformer.LoaderName] = ValueToKeyMappingTransformer.Load,
        [KeyToValueMappingTransformer.LoaderName] = KeyToValueMappingTransformer.Load,
        [ValueMappingTransformer.LoaderName] = ValueMappingTransformer.Load,
        [CustomMapping.LoaderName] = CustomMapping.Load,
        [ImageLoadingTransformer.LoaderName] = ImageLoadingTransformer.Load,
        [ImageResizingTransformer.LoaderName] = ImageResizingTransformer.Load,
        [ImagePixelExtractingTransformer.LoaderName] = ImagePixelExtractingTransformer.Load,
        [OnnxTransformer.LoaderName] = OnnxTransformer.Load,
    };

    public static ITransformer Load(string loader, ModelLoadContext ctx, BinaryReader reader) => Loaders.TryGetValue(loader, out var load)
        ? load(ctx, reader)
        : throw new FormatException($"Corrupt model file: unknown transformer '{loader}'.");
}
