namespace Microsoft.ML.OtdRouting.Images;

/// <summary>How an image lies in the pixels in which it is held: a pixel at (x, y) of the source lies at <c>(x · ScaleX + X, y · ScaleY + Y)</c>.</summary>
/// <param name="SourceWidth">Width of the upright source image, in pixels.</param>
/// <param name="SourceHeight">Its height.</param>
/// <param name="X">Where its left edge lies; negative where it is cut off.</param>
/// <param name="Y">Where its upper edge lies.</param>
/// <param name="ScaleX">Pixels for one of the source, across.</param>
/// <param name="ScaleY">Pixels for one of the source, down.</param>
internal readonly record struct ImageFrame(int SourceWidth, int SourceHeight, float X, float Y, float ScaleX, float ScaleY)
{
    /// <summary>The frame of an image that is held as it is.</summary>
    public static ImageFrame OfSize(int height, int width) => new(width, height, 0, 0, 1, 1);

    /// <summary>A point in the pixels of the source.</summary>
    public (float X, float Y) ToSource(float x, float y) => ((x - X) / ScaleX, (y - Y) / ScaleY);

    /// <summary>The same frame for a source of which a smaller image was decoded.</summary>
    public ImageFrame OfSource(int width, int height) =>
        new(width, height, X, Y, ScaleX * SourceWidth / width, ScaleY * SourceHeight / height);
}
