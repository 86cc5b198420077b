using Microsoft.ML.OtdRouting.Images;

namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>Images at the smallest size.</summary>
internal static class Thumbnails
{
    /// <summary>The scored images of a set, planar RGB, 0..255.</summary>
    public static float[][] Read(ImageSplit split)
    {
        var (largest, smallest) = (split.Largest, split.Sizes[0]);
        var resizer = new ImageResizer(largest, largest, smallest, smallest);
        var (pixels, scratch) = (new float[3 * largest * largest], new float[resizer.ScratchLength]);
        return [.. Enumerable.Range(0, split.Scored.Count).Select(row =>
        {
            split.Scored.Read(row, pixels);
            var thumbnail = new float[3 * smallest * smallest];
            resizer.Resize(pixels, thumbnail, TargetPlane.Rgb, scratch);
            return thumbnail;
        })];
    }
}
