namespace Microsoft.ML.OtdRouting.Images;

/// <summary>
/// The eight ways in which pixels can lie in a file (tag 0x0112 of EXIF 2.32, section 4.6.5.1.6): where its first row and first column belong.
/// </summary>
internal static class ExifOrientation
{
    /// <summary>Whether the upright image is as wide as the stored one is high.</summary>
    public static bool SwapsSides(int orientation) => orientation >= 5;

    /// <summary>Brings pixels to where they belong.</summary>
    /// <param name="source">The pixels, row-major, as they lie in the file.</param>
    /// <param name="width">Their width.</param>
    /// <param name="height">Their height.</param>
    /// <param name="orientation">From 1 to 8.</param>
    /// <param name="target">The upright image, row-major; as long as the source.</param>
    public static void Apply(ReadOnlySpan<uint> source, int width, int height, int orientation, Span<uint> target)
    {
        // Where the upright image begins in the source, and how far a step to the right and one down lead there.
        var (first, right, down) = orientation switch
        {
            1 => (0, 1, width),
            2 => (width - 1, -1, width),
            3 => ((width * height) - 1, -1, -width),
            4 => (width * (height - 1), 1, -width),
            5 => (0, width, 1),
            6 => (width * (height - 1), -width, 1),
            7 => ((width * height) - 1, -width, -1),
            8 => (width - 1, width, -1),
            _ => throw new ArgumentOutOfRangeException(nameof(orientation), orientation, $"The orientation is {orientation}; there are 1 to 8."),
        };
        var uprightWidth = SwapsSides(orientation) ? height : width;
        for (var i = 0; i < target.Length; i += uprightWidth, first += down)
        {
            var row = target.Slice(i, uprightWidth);
            for (int x = 0, at = first; x < row.Length; x++, at += right)
            {
                row[x] = source[at];
            }
        }
    }
}
