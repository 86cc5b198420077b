using Microsoft.ML.Data;
using static Microsoft.ML.Transforms.Image.ImageResizingEstimator;

namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>Size of a small picture, and how an image is brought to it.</summary>
/// <param name="Width">Pixels in x.</param>
/// <param name="Height">Pixels in y.</param>
/// <param name="Fit">How.</param>
internal readonly record struct ThumbnailShape(int Width, int Height, ResizingKind Fit)
{
    /// <summary>The middle of an image as a square.</summary>
    public static ThumbnailShape Square(int side) => new(side, side, ResizingKind.IsoCrop);

    /// <summary>All of an image, in its own proportions.</summary>
    /// <param name="image">The image.</param>
    /// <param name="side">The longer side; a smaller image keeps its own.</param>
    public static ThumbnailShape Whole(MLImage image, int side)
    {
        double scale = Math.Min(1, (double)side / Math.Max(image.Width, image.Height));
        return new(Math.Max(1, (int)Math.Round(scale * image.Width)), Math.Max(1, (int)Math.Round(scale * image.Height)), ResizingKind.Fill);
    }

    /// <summary>What a router sees of an image.</summary>
    /// <param name="fit">How it brings images to its resolutions.</param>
    /// <param name="resolution">The resolution.</param>
    /// <param name="side">The longer side.</param>
    public static ThumbnailShape Seen(ImageFit fit, Resolution resolution, int side)
    {
        double scale = Math.Min(1, (double)side / Math.Max(resolution.Width, resolution.Height));
        return new(Math.Max(1, (int)Math.Round(scale * resolution.Width)), Math.Max(1, (int)Math.Round(scale * resolution.Height)), fit switch
        {
            ImageFit.CenterCrop => ResizingKind.IsoCrop,
            ImageFit.Letterbox => ResizingKind.IsoPad,
            _ => ResizingKind.Fill,
        });
    }
}
