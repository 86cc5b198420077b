namespace Microsoft.ML.OtdRouting.Tasks.DenseRegression;

/// <summary>
/// What a policy is told of a map: in every cell of a coarse grid the mean and the roughness, and over the whole map the mean, the deviation, the mean
/// step between neighbours, the roughness and its logarithm. Roughness is the mean size of second differences, which planes do not have: edges and
/// small things, which small resolutions lose, do.
/// </summary>
/// <param name="height">Rows of the map.</param>
/// <param name="width">Columns of the map.</param>
/// <param name="isOfRatios">Whether the logarithm of the map is described, for values that are compared by their ratios.</param>
internal sealed class MapSummary(int height, int width, bool isOfRatios)
{
    /// <summary>Smaller values than this are all the same to a logarithm.</summary>
    public const float Least = 1e-6f;

    /// <summary>Numbers of the whole map.</summary>
    public const int Wholes = 5;

    /// <summary>Most cells of the grid along an axis.</summary>
    private const int MostCells = 4;

    private const int Mean = 0;
    private const int Deviation = 1;
    private const int Step = 2;
    private const int Rough = 3;
    private const int LogRough = 4;

    /// <summary>Cells along the height.</summary>
    public int CellRows { get; } = Math.Min(MostCells, height);

    /// <summary>Cells along the width.</summary>
    public int CellColumns { get; } = Math.Min(MostCells, width);

    /// <summary>Cells of the grid.</summary>
    public int Cells => CellRows * CellColumns;

    /// <summary>Numbers of a map: means of the cells, their roughness, the whole map.</summary>
    public int Length => (2 * Cells) + Wholes;

    /// <summary>The logarithm of a map's roughness, by its summary.</summary>
    public float LogRoughness(ReadOnlySpan<float> summary) => summary[(2 * Cells) + LogRough];

    /// <summary>Describes a map.</summary>
    /// <param name="map">The map, row after row.</param>
    /// <param name="target">Takes <see cref="Length"/> numbers.</param>
    public void Describe(ReadOnlySpan<float> map, Span<float> target)
    {
        var values = System.Buffers.ArrayPool<float>.Shared.Rent(map.Length);
        try
        {
            Describe(map, values.AsSpan(0, map.Length), target[..Length]);
        }
        finally
        {
            System.Buffers.ArrayPool<float>.Shared.Return(values);
        }
    }

    private void Describe(ReadOnlySpan<float> map, Span<float> values, Span<float> target)
    {
        for (var i = 0; i < map.Length; i++)
        {
            values[i] = isOfRatios ? MathF.Log(MathF.Max(map[i], Least)) : map[i];
        }

        Span<double> means = stackalloc double[Cells];
        Span<double> roughness = stackalloc double[Cells];
        means.Clear();
        roughness.Clear();
        var (sum, steps, rough) = (0.0, 0.0, 0.0);
        for (var cellRow = 0; cellRow < CellRows; cellRow++)
        {
            for (var y = Start(cellRow, CellRows, height); y < Start(cellRow + 1, CellRows, height); y++)
            {
                for (var cellColumn = 0; cellColumn < CellColumns; cellColumn++)
                {
                    var cell = (cellRow * CellColumns) + cellColumn;
                    for (var x = Start(cellColumn, CellColumns, width); x < Start(cellColumn + 1, CellColumns, width); x++)
                    {
                        var i = (y * width) + x;
                        var value = values[i];
                        means[cell] += value;
                        sum += value;
                        var (right, down) = (x + 1 < width ? MathF.Abs(values[i + 1] - value) : 0, y + 1 < height ? MathF.Abs(values[i + width] - value) : 0);
                        steps += right + down;
                        var bend = (x > 0 && x + 1 < width ? MathF.Abs(values[i - 1] - (2 * value) + values[i + 1]) : 0)
                            + (y > 0 && y + 1 < height ? MathF.Abs(values[i - width] - (2 * value) + values[i + width]) : 0);
                        roughness[cell] += bend;
                        rough += bend;
                    }
                }
            }
        }

        Write(means, roughness, target);
        var count = (double)map.Length;
        var mean = (float)(sum / count);
        var squares = 0.0;
        foreach (var value in values)
        {
            squares += (value - mean) * (value - mean);
        }

        var whole = target[(2 * Cells)..];
        whole[Mean] = mean;
        whole[Deviation] = (float)Math.Sqrt(squares / count);
        whole[Step] = (float)(steps / count);
        whole[Rough] = (float)(rough / count);
        whole[LogRough] = MathF.Log(whole[Rough] + Least);
    }

    private void Write(ReadOnlySpan<double> means, ReadOnlySpan<double> roughness, Span<float> target)
    {
        for (var cell = 0; cell < Cells; cell++)
        {
            var size = (Start((cell / CellColumns) + 1, CellRows, height) - Start(cell / CellColumns, CellRows, height))
                * (Start((cell % CellColumns) + 1, CellColumns, width) - Start(cell % CellColumns, CellColumns, width));
            target[cell] = (float)(means[cell] / size);
            target[Cells + cell] = (float)(roughness[cell] / size);
        }
    }

    /// <summary>Where a cell begins.</summary>
    public static int Start(int cell, int cells, int length) => (int)((long)cell * length / cells);
}
