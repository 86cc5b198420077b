using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>
/// A tensor that goes into or comes out of a model, under the name of its column. One row is one batch: free dimensions are 1.
/// </summary>
internal sealed class OnnxNode
{
    public OnnxNode(string name, NodeMetadata metadata, int[]? givenShape)
    {
        if (!metadata.IsTensor)
            throw new NotSupportedException($"'{name}' of the ONNX model is a {metadata.OnnxValueType}; the stand-in knows tensors only.");
        Name = name;
        ItemType = DataViewTypeExtensions.PrimitiveOf(metadata.IsString ? typeof(string) : metadata.ElementType)
            ?? throw new NotSupportedException($"'{name}' of the ONNX model has elements of type {metadata.ElementDataType}.");
        Declared = metadata.Dimensions;
        if (givenShape != null)
            Check(givenShape);
        Shape = [.. (givenShape ?? Declared).Select(d => Math.Max(1, d))];
    }

    public string Name { get; }

    public PrimitiveDataViewType ItemType { get; }

    public int[] Shape { get; }

    public int Count => Shape.Aggregate(1, (product, d) => product * d);

    public VectorDataViewType ColumnType => Shape.Length == 0 ? new(ItemType) : new(ItemType, Shape);

    private int[] Declared { get; }

    private void Check(int[] given)
    {
        bool fits = given.Length == Declared.Length && given.Zip(Declared).All(d => d.First == d.Second || d.Second <= 0);
        if (!fits)
        {
            throw new ArgumentException(
                $"The shape [{string.Join(", ", given)}] given for '{Name}' does not fit the model's [{string.Join(", ", Declared)}].", "shapeDictionary");
        }
    }
}
