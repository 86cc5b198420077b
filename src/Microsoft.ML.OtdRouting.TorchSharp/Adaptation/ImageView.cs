namespace Microsoft.ML.OtdRouting.Training.Adaptation;

/// <summary>A part of an image with the proportions of the whole.</summary>
/// <param name="Top">First row.</param>
/// <param name="Left">First column.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
internal readonly record struct ImageView(int Top, int Left, int Height, int Width)
{
    /// <summary>Sides of views that are parts, as 24ths of those of the image: few, so that resizers can be kept.</summary>
    private const int Parts = 24, LeastPart = 16;

    /// <summary>The whole image.</summary>
    public static ImageView Whole(int height, int width) => new(0, 0, height, width);

    /// <summary>A part of random size and place, at least two thirds of the sides.</summary>
    public static ImageView Draw(int height, int width, Random random)
    {
        var part = random.Next(LeastPart, Parts + 1);
        var (rows, columns) = (Math.Max(1, height * part / Parts), Math.Max(1, width * part / Parts));
        return new ImageView(random.Next(height - rows + 1), random.Next(width - columns + 1), rows, columns);
    }
}
