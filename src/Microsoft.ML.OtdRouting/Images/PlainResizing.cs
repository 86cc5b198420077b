using Microsoft.ML.Transforms.Image;

namespace Microsoft.ML.OtdRouting.Images;

/// <summary>ML.NET's own resizing that comes nearest to a way of bringing images to a size.</summary>
internal static class PlainResizing
{
    /// <summary>The kind of resizing. That of <see cref="ImageFit.Letterbox"/> leaves the rest of the target black.</summary>
    public static ImageResizingEstimator.ResizingKind Of(ImageFit fit) => fit switch
    {
        ImageFit.CenterCrop => ImageResizingEstimator.ResizingKind.IsoCrop,
        ImageFit.Letterbox => ImageResizingEstimator.ResizingKind.IsoPad,
        _ => ImageResizingEstimator.ResizingKind.Fill,
    };
}
