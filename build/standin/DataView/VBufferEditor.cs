namespace Microsoft.ML.Data;

public static class VBufferEditor
{
    public static VBufferEditor<T> CreateFromBuffer<T>(ref VBuffer<T> destination) =>
        Create(ref destination, destination.Length, destination.GetValues().Length, keepOldOnResize: true);

    public static VBufferEditor<T> Create<T>(
        ref VBuffer<T> destination,
        int newLogicalLength,
        int? valuesCount = null,
        int? maxValuesCapacity = null,
        bool keepOldOnResize = false,
        bool requireIndicesOnDense = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(newLogicalLength);
        int count = valuesCount ?? newLogicalLength;
        if (count < 0 || count > newLogicalLength)
            throw new ArgumentOutOfRangeException(
                nameof(valuesCount), $"A vector of length {newLogicalLength} cannot store {count} values.");

        T[] values = Sized(destination.ValueArray, count, maxValuesCapacity, keepOldOnResize, out bool newValues);
        int[]? indices = destination.IndexArray;
        bool newIndices = false;
        if (count < newLogicalLength || requireIndicesOnDense)
            indices = Sized(indices, count, maxValuesCapacity, keepOldOnResize, out newIndices);
        return new VBufferEditor<T>(newLogicalLength, count, values, indices, newValues, newIndices);
    }

    private static TItem[] Sized<TItem>(TItem[]? old, int count, int? capacity, bool keepOld, out bool created)
    {
        created = old == null || old.Length < count;
        if (!created)
            return old!;
        TItem[] sized = new TItem[Math.Max(count, Math.Min(capacity ?? count, 2 * count))];
        if (keepOld)
            old?.AsSpan().CopyTo(sized);
        return sized;
    }
}
