using Microsoft.ML.OtdRouting.Numerics;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>What is known of the rows whose images wait in a window to be scored. Not safe for concurrent use.</summary>
/// <param name="capacity">Rows that fit.</param>
/// <param name="targetLength">Floats of what is true of a row.</param>
internal sealed class ScoredWindow(int capacity, int targetLength)
{
    private readonly float[] _targets = new float[capacity * targetLength];
    private readonly int[] _slots = new int[capacity];

    /// <summary>Rows that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Where they stand in their view.</summary>
    public long[] Position { get; } = new long[capacity];

    /// <summary>Their folds, and their positions in them.</summary>
    public RowPlace[] Place { get; } = new RowPlace[capacity];

    /// <summary>Their weights.</summary>
    public float[] Weight { get; } = new float[capacity];

    /// <summary>Which of them have failed and are left out.</summary>
    public bool[] IsOut { get; } = new bool[capacity];

    /// <summary>What is true of a row.</summary>
    public Span<float> Target(int slot) => _targets.AsSpan(slot * targetLength, targetLength);

    /// <summary>Adds a row.</summary>
    public void Add(long position, RowPlace place, float weight)
    {
        (Position[Count], Place[Count], Weight[Count]) = (position, place, weight);
        Count++;
    }

    /// <summary>The rows that have not failed, until they are asked for again.</summary>
    public ReadOnlySpan<int> Slots()
    {
        var count = 0;
        for (var slot = 0; slot < Count; slot++)
        {
            if (!IsOut[slot])
            {
                _slots[count++] = slot;
            }
        }

        return _slots.AsSpan(0, count);
    }

    /// <summary>Forgets the rows.</summary>
    public void Clear()
    {
        Count = 0;
        Array.Clear(_targets);
        Array.Clear(IsOut);
    }
}
