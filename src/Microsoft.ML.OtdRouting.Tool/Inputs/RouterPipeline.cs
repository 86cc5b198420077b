using Microsoft.ML.Data;

namespace Microsoft.ML.OtdRouting.Tool.Inputs;

/// <summary>The chain that the tool fits: paths of images in, classes out.</summary>
internal static class RouterPipeline
{
    /// <summary>Column with the images.</summary>
    public const string ImageColumn = "Image";

    /// <summary>The images behind the paths of a view.</summary>
    public static IDataView LoadImages(MLContext context, IDataView paths) =>
        context.Transforms.LoadImages(ImageColumn, "", ImageList.PathColumn).Fit(paths).Transform(paths);

    /// <summary>Images are loaded from the paths in <see cref="ImageList.PathColumn"/>, routed and scored.</summary>
    public static EstimatorChain<OtdRoutingTransformer> Create(MLContext context, OtdResolutionRouter.Options options) =>
        context.Transforms.LoadImages(ImageColumn, "", ImageList.PathColumn).Append(context.OtdRouting().Route(options));
}
