namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// The pixels of a map that are kept: one, at a place drawn once and for all, of every cell of a regular grid. Single pixels and not means of cells,
/// since resolutions differ most at edges, which means hide; the mean error of the pixels has the whole map's for its expectation.
/// </summary>
internal static class KeptPoints
{
    /// <summary>Chooses the pixels: the same ones whenever it is asked.</summary>
    /// <param name="height">Rows of the map.</param>
    /// <param name="width">Columns of the map.</param>
    /// <param name="most">Most pixels; all of a map that has no more.</param>
    /// <returns>Places of the pixels, row after row.</returns>
    public static int[] Choose(int height, int width, int most)
    {
        if ((long)height * width <= most)
        {
            return Enumerable.Range(0, height * width).ToArray();
        }

        // Cells as square as they can be, none of them empty.
        var side = Math.Sqrt((double)height * width / most);
        var rows = Math.Clamp((int)(height / side), 1, height);
        var columns = Math.Clamp(most / rows, 1, width);
        rows = Math.Min(height, most / columns);
        var points = new int[rows * columns];
        for (var i = 0; i < points.Length; i++)
        {
            var (row, column) = (i / columns, i % columns);
            var y = Place(row, rows, height, Mix(2 * (uint)i));
            var x = Place(column, columns, width, Mix((2 * (uint)i) + 1));
            points[i] = (y * width) + x;
        }

        return points;
    }

    private static int Place(int cell, int cells, int length, uint draw)
    {
        var (start, end) = ((int)((long)cell * length / cells), (int)((long)(cell + 1) * length / cells));
        return start + (int)(draw % (uint)(end - start));
    }

    /// <summary>The finaliser of MurmurHash3 (Appleby, public domain): neighbouring numbers become unrelated ones.</summary>
    private static uint Mix(uint value)
    {
        value += 0x9E3779B9;
        value = (value ^ (value >> 16)) * 0x85EBCA6B;
        value = (value ^ (value >> 13)) * 0xC2B2AE35;
        return value ^ (value >> 16);
    }
}
