using Microsoft.ML.Data;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Some test images that a report shows.</summary>
/// <param name="Context">The context.</param>
/// <param name="Router">The router.</param>
/// <param name="Options">What it was fitted with.</param>
/// <param name="Images">All test images.</param>
/// <param name="Rows">Places in them of those that are shown.</param>
/// <param name="Found">What all of them find, for tasks that search; null for others.</param>
/// <param name="Thumbnails">Makes small pictures.</param>
/// <param name="Cancellation">Stops the work.</param>
internal sealed record ExampleRequest(
    MLContext Context,
    OtdRoutingTransformer Router,
    OtdResolutionRouter.Options Options,
    TaskImages Images,
    IReadOnlyList<int> Rows,
    FoundRows? Found,
    Thumbnails Thumbnails,
    CancellationToken Cancellation)
{
    /// <summary>Small pictures of the images that are shown.</summary>
    /// <param name="shapeOf">Says how large each becomes.</param>
    public IReadOnlyList<Thumbnail> Pictures(Func<MLImage, ThumbnailShape> shapeOf) =>
        Thumbnails.Make([.. Rows.Select(row => Images.List.Images[row].Path)], shapeOf);

    /// <summary>The images that are shown with the router's answers.</summary>
    public IDataView Answers() => Router.Transform(Images.Open(Context, Rows, null, Cancellation));
}
