using Microsoft.ML.OtdRouting.Tool.Inputs;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Images with what is true of them, as a task reads them.</summary>
/// <param name="List">The images.</param>
/// <param name="Classes">Names of the classes, in the order of the keys; empty where the task has none, or nothing is known.</param>
/// <param name="HasTruth">Whether anything is known of the images.</param>
/// <param name="View">The images as ML.NET data; it tells its progress and can be stopped.</param>
internal sealed record TaskImages(
    ImageList List, IReadOnlyList<string> Classes, bool HasTruth, Func<MLContext, IProgress<int>?, CancellationToken, IDataView> View)
{
    /// <summary>Number of images.</summary>
    public int Count => List.Images.Count;

    /// <summary>Images of which nothing is known.</summary>
    public static TaskImages Unlabelled(ImageList list) => new(list, [], false, list.ToUnlabelledView);

    /// <summary>Images with labels.</summary>
    public static TaskImages Labelled(ImageList list, IReadOnlyList<string> classes) =>
        new(list, classes, true, (context, progress, cancellation) => list.ToView(context, classes, progress, cancellation));
}
