namespace Microsoft.ML.OtdRouting.Training.Networks;

/// <summary>The cells of a detector's three grids, each with twice the stride of the one before, line by line: where its predictions are made.</summary>
internal sealed class PredictionGrid
{
    /// <summary>Number of grids.</summary>
    public const int Levels = 3;

    private static readonly int[] _finest = [4, 8, 2, 16];

    /// <param name="size">Size of the images.</param>
    /// <param name="finest">Pixels from cell to cell of the first grid; a power of two.</param>
    public PredictionGrid(InputSize size, int finest)
    {
        var (x, y, strides) = (new List<float>(), new List<float>(), new List<float>());
        for (var stride = finest; stride < finest << Levels; stride *= 2)
        {
            var (rows, columns) = SidesOf(size, stride);
            for (var cell = 0; cell < rows * columns; cell++)
            {
                var (row, column) = Math.DivRem(cell, columns);
                x.Add((column + 0.5f) * stride);
                y.Add((row + 0.5f) * stride);
                strides.Add(stride);
            }
        }

        (X, Y, Strides) = ([.. x], [.. y], [.. strides]);
    }

    /// <summary>Number of cells.</summary>
    public int Count => X.Length;

    /// <summary>Where the centre of each is, in pixels to the right.</summary>
    public float[] X { get; }

    /// <summary>And down.</summary>
    public float[] Y { get; }

    /// <summary>Pixels from cell to cell of its grid.</summary>
    public float[] Strides { get; }

    /// <summary>Rows and columns of a grid: those of images that are halved, and rounded up, again and again.</summary>
    public static (int Rows, int Columns) SidesOf(InputSize size, int stride) => ((size.Height + stride - 1) / stride, (size.Width + stride - 1) / stride);

    /// <summary>The grids of so many predictions.</summary>
    /// <exception cref="InvalidOperationException">No grids have so many; the message names those there are.</exception>
    public static PredictionGrid Of(InputSize size, long predictions)
    {
        var grids = _finest.Select(finest => new PredictionGrid(size, finest)).ToList();
        return grids.Find(g => g.Count == predictions) ?? throw new InvalidOperationException(
            $"The network makes {predictions} predictions at {size}; expected those of three grids: " +
            $"{string.Join(", ", grids.Zip(_finest, (g, f) => $"{g.Count} (strides {f}, {2 * f}, {4 * f})"))}.");
    }
}
