using Microsoft.ML.OtdRouting.Tasks;

namespace Microsoft.ML.OtdRouting;

/// <summary>The rows of a gallery that are nearest to rows of data, as a comparison has searched it.</summary>
public sealed class FoundRows
{
    private readonly long[] _rows;
    private readonly long[] _gallery;
    private readonly int[] _found;

    /// <param name="found">What rows find by every route.</param>
    /// <param name="chosen">The route of every row.</param>
    /// <param name="observations">The rows.</param>
    internal FoundRows(FoundTable found, int[] chosen, Observations observations)
    {
        _rows = [.. observations.Sources];
        _gallery = [.. (observations.Gallery ?? observations).Sources];
        _found = new int[chosen.Length * FoundTable.Most];
        for (var row = 0; row < chosen.Length; row++)
        {
            found[row, chosen[row]].CopyTo(_found.AsSpan(row * FoundTable.Most));
        }
    }

    /// <summary>What a row finds.</summary>
    /// <param name="position">Position of the row in the data, from 0.</param>
    /// <returns>Positions in the gallery, nearest first, at most five: fewer of a smaller gallery, none for a row that failed.</returns>
    public IReadOnlyList<long> By(long position) => Array.BinarySearch(_rows, position) is >= 0 and var row
        ? [.. _found.AsSpan(row * FoundTable.Most, FoundTable.Most).ToArray().Where(image => image >= 0).Select(image => _gallery[image])]
        : [];
}
