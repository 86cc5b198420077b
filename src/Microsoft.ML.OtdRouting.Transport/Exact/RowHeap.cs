using System.Runtime.CompilerServices;

namespace Microsoft.ML.OtdRouting.Transport;

/// <summary>A binary heap of rows by key, ties by row, so that the order of removal depends on the contents alone.</summary>
internal sealed class RowHeap
{
    private double[] _keys = [];
    private int[] _rows = [];

    public int Count { get; private set; }

    public double TopKey => _keys[0];

    public int TopRow => _rows[0];

    public void Clear() => Count = 0;

    /// <summary>Adds without ordering; call <see cref="Build"/> before the next read.</summary>
    public void Append(double key, int row)
    {
        if (Count == _keys.Length)
        {
            int capacity = Math.Max(8, Count * 2);
            Array.Resize(ref _keys, capacity);
            Array.Resize(ref _rows, capacity);
        }

        (_keys[Count], _rows[Count]) = (key, row);
        Count++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Build()
    {
        for (int i = (Count / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Push(double key, int row)
    {
        Append(key, row);
        int i = Count - 1;
        while (i > 0)
        {
            int parent = (i - 1) >> 1;
            if (!Before(key, row, parent))
            {
                break;
            }

            (_keys[i], _rows[i]) = (_keys[parent], _rows[parent]);
            i = parent;
        }

        (_keys[i], _rows[i]) = (key, row);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Pop()
    {
        Count--;
        if (Count > 0)
        {
            (_keys[0], _rows[0]) = (_keys[Count], _rows[Count]);
            SiftDown(0);
        }
    }

    private bool Before(double key, int row, int other) => key < _keys[other] || (key == _keys[other] && row < _rows[other]);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SiftDown(int i)
    {
        (double key, int row) = (_keys[i], _rows[i]);
        while (true)
        {
            int child = (2 * i) + 1;
            if (child >= Count)
            {
                break;
            }

            if (child + 1 < Count && Before(_keys[child + 1], _rows[child + 1], child))
            {
                child++;
            }

            if (!(_keys[child] < key || (_keys[child] == key && _rows[child] < row)))
            {
                break;
            }

            (_keys[i], _rows[i]) = (_keys[child], _rows[child]);
            i = child;
        }

        (_keys[i], _rows[i]) = (key, row);
    }
}
