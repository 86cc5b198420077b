namespace Microsoft.ML.Data;

[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class VectorTypeAttribute : Attribute
{
    public VectorTypeAttribute()
    {
    }

    public VectorTypeAttribute(int size) => Dimensions = [size];

    public VectorTypeAttribute(params int[] dimensions) => Dimensions = dimensions;

    internal int[]? Dimensions { get; }
}
