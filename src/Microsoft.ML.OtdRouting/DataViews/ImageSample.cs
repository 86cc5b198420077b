namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>The first images of a view, held in memory to measure with.</summary>
internal static class ImageSample
{
    /// <summary>Reads images as planar RGB floats, 0..255.</summary>
    /// <param name="images">The view.</param>
    /// <param name="columnName">Its image column.</param>
    /// <param name="height">Height to which images are brought.</param>
    /// <param name="width">Width to which images are brought.</param>
    /// <param name="fit">How they are brought to that size.</param>
    /// <param name="decoder">Decodes files, where the column holds paths.</param>
    /// <param name="most">Images to read, at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOperationException">There are no images, or one cannot be read.</exception>
    public static List<float[]> Read(
        IDataView images, string columnName, int height, int width, ImageFit fit, ImageDecoder decoder, int most, CancellationToken cancellationToken)
    {
        var column = ImageSource.Bind(images.Schema, columnName, height, width);
        using var cursor = images.GetRowCursor([column]);
        var source = new ImageSource(cursor, column, height, width, fit, decoder, keep: 0);
        using var window = source.Window;
        var pixels = new List<float[]>();
        while (pixels.Count < most && cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            pixels.Add(new float[3 * height * width]);
            source.Read(0, pixels[^1], () => RowLocation.Describe(images, cursor.Position));
        }

        return pixels.Count > 0 ? pixels : throw new InvalidOperationException("The data is empty: there are no images to measure with.");
    }
}
