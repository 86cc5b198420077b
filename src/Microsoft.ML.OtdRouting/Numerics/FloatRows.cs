namespace Microsoft.ML.OtdRouting.Numerics;

/// <summary>Rows of floats, all of one length, that grow without being copied: many rows of long vectors are more than one array can hold.</summary>
/// <param name="length">Floats of a row.</param>
internal sealed class FloatRows(int length)
{
    private const int BlockFloats = 1 << 20;

    private readonly int _rowsPerBlock = Math.Max(1, BlockFloats / Math.Max(1, length));
    private readonly List<float[]> _blocks = [];

    /// <summary>Number of rows.</summary>
    public int Count { get; private set; }

    /// <summary>Floats of a row.</summary>
    public int Length => length;

    /// <summary>The floats of a row.</summary>
    public Span<float> this[int row] => _blocks[row / _rowsPerBlock].AsSpan(row % _rowsPerBlock * length, length);

    /// <summary>Adds a row of zeros.</summary>
    /// <returns>Its floats, to be filled.</returns>
    public Span<float> Add()
    {
        if (Count == (long)_blocks.Count * _rowsPerBlock)
        {
            _blocks.Add(new float[_rowsPerBlock * length]);
        }

        return this[Count++];
    }
}
