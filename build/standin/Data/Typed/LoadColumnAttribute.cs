namespace Microsoft.ML.Data;

/// <summary>Kept so that classes written for text files compile; the stand-in reads no text files.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public sealed class LoadColumnAttribute : Attribute
{
    public LoadColumnAttribute(int fieldIndex) => Fields = [fieldIndex];

    public LoadColumnAttribute(int start, int end) => Fields = [.. Enumerable.Range(start, end - start + 1)];

    public LoadColumnAttribute(int[] columnIndexes) => Fields = columnIndexes;

    internal int[] Fields { get; }
}
