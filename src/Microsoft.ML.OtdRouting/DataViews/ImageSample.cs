using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>The first images of a view, held in memory to measure with.</summary>
internal static class ImageSample
{
    /// <summary>Reads images as planar RGB floats, 0..255.</summary>
    /// <param name="images">The view.</param>
    /// <param name="columnName">Its image column.</param>
    /// <param name="readers">Bring images to the size at which they are held.</param>
    /// <param name="decoder">Decodes files, where the column holds paths or bytes.</param>
    /// <param name="most">Images to read, at most.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="InvalidOperationException">There are no images, or one cannot be read.</exception>
    public static List<float[]> Read(
        IDataView images, string columnName, PixelReaders readers, ImageDecoder decoder, int most, CancellationToken cancellationToken)
    {
        var column = ImageSource.Bind(images.Schema, columnName, readers.Height, readers.Width);
        using var cursor = images.GetRowCursor([column]);
        var source = new ImageSource(cursor, column, readers, decoder, capacity: 1, keep: false);
        using var window = source.Window;
        var pixels = new List<float[]>();
        while (pixels.Count < most && cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            var image = new float[3 * readers.Height * readers.Width];
            source.Read(ref image, () => RowLocation.Describe(images, cursor.Position));
            pixels.Add(image);
        }

        return pixels.Count > 0 ? pixels : throw new InvalidOperationException("The data is empty: there are no images to measure with.");
    }
}
