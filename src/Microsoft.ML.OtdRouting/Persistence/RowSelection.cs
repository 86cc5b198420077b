namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Which fitting rows a saved router keeps: enough to set prices for another budget as well as before.</summary>
internal static class RowSelection
{
    /// <summary>
    /// With this many rows, the budget of a router that is retargeted after loading is off by one per cent of the costs' deviation at most, and the
    /// file does not grow with the fitting data.
    /// </summary>
    public const int MaxRows = 10_000;

    /// <summary>Every so many rows, evenly over the data.</summary>
    public static int[] Of(int rows)
    {
        var step = (rows + MaxRows - 1) / MaxRows;
        return Enumerable.Range(0, (rows + step - 1) / step).Select(i => i * step).ToArray();
    }

    /// <summary>Some rows of a table.</summary>
    public static T[] Take<T>(ReadOnlySpan<T> table, int width, IReadOnlyList<int> rows)
    {
        var taken = new T[rows.Count * width];
        for (var i = 0; i < rows.Count; i++)
        {
            table.Slice(rows[i] * width, width).CopyTo(taken.AsSpan(i * width));
        }

        return taken;
    }
}
