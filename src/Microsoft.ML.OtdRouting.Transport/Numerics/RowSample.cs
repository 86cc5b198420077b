namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>
/// A fixed subsample of the rows: one row out of each run of <see cref="Stride"/>, picked by a hash so that periodic tables do
/// not fool it. Stride 1 is every row.
/// </summary>
internal readonly struct RowSample
{
    private readonly int _rows;

    public RowSample(int rows, int stride)
    {
        _rows = rows;
        Stride = stride;
        Count = (int)((rows + (long)stride - 1) / stride);
    }

    public int Stride { get; }

    public int Count { get; }

    public int RowAt(int index)
    {
        if (Stride == 1)
        {
            return index;
        }

        uint hash = ((uint)index * 2654435761u) ^ 0x9E3779B9u;
        hash = (hash ^ (hash >> 15)) * 2246822519u;
        hash ^= hash >> 13;
        return (int)Math.Min(_rows - 1L, ((long)index * Stride) + (hash % (uint)Stride));
    }
}
