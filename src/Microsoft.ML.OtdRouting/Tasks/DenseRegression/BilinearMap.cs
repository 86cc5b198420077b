namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>Brings maps of one size to another.</summary>
/// <param name="rows">Along the height.</param>
/// <param name="columns">Along the width.</param>
internal sealed class BilinearMap(BilinearAxis rows, BilinearAxis columns)
{
    /// <summary>From the map of one shape to that of another.</summary>
    public BilinearMap(DenseShape from, DenseShape to)
        : this(new BilinearAxis(from.Height, to.Height), new BilinearAxis(from.Width, to.Width))
    {
    }

    /// <summary>Along the height.</summary>
    public BilinearAxis Rows => rows;

    /// <summary>Along the width.</summary>
    public BilinearAxis Columns => columns;

    /// <summary>Reads some pixels of the target.</summary>
    /// <param name="source">The map, row after row.</param>
    /// <param name="pixels">The pixels, as places in the target.</param>
    /// <param name="values">Takes one number each.</param>
    public void Sample(ReadOnlySpan<float> source, ReadOnlySpan<int> pixels, Span<float> values)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            values[i] = At(source, rows[pixels[i] / columns.To], columns[pixels[i] % columns.To]);
        }
    }

    /// <summary>Adds a multiple of the whole target to a map.</summary>
    /// <param name="source">The map, row after row.</param>
    /// <param name="factor">What it is multiplied by.</param>
    /// <param name="sum">Is added to: a map of the target's size.</param>
    public void AddTo(ReadOnlySpan<float> source, float factor, Span<float> sum)
    {
        for (var y = 0; y < rows.To; y++)
        {
            var row = rows[y];
            var target = sum.Slice(y * columns.To, columns.To);
            for (var x = 0; x < target.Length; x++)
            {
                target[x] += factor * At(source, row, columns[x]);
            }
        }
    }

    private float At(ReadOnlySpan<float> source, (int Low, int High, float Part) row, (int Low, int High, float Part) column)
    {
        var upper = source.Slice(row.Low * columns.From, columns.From);
        var lower = source.Slice(row.High * columns.From, columns.From);
        var above = upper[column.Low] + (column.Part * (upper[column.High] - upper[column.Low]));
        var below = lower[column.Low] + (column.Part * (lower[column.High] - lower[column.Low]));
        return above + (row.Part * (below - above));
    }
}
