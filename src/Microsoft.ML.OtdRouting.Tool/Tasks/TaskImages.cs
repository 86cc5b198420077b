using Microsoft.ML.OtdRouting.Tool.Inputs;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Images with what is true of them, as a task reads them.</summary>
/// <param name="List">The images.</param>
/// <param name="Classes">Names of the classes, in the order of the keys; empty where the task has none, or nothing is known.</param>
/// <param name="HasTruth">Whether anything is known of the images.</param>
/// <param name="Open">Some of the images as ML.NET data, by their places in the list; it tells its progress and can be stopped.</param>
internal sealed record TaskImages(
    ImageList List, IReadOnlyList<string> Classes, bool HasTruth, Func<MLContext, IReadOnlyList<int>, IProgress<int>?, CancellationToken, IDataView> Open)
{
    /// <summary>Number of images.</summary>
    public int Count => List.Images.Count;

    /// <summary>Objects of each image that count, for tasks that find objects; null for others.</summary>
    public IReadOnlyList<int>? Objects { get; init; }

    /// <summary>All images as ML.NET data.</summary>
    public IDataView View(MLContext context, IProgress<int>? progress, CancellationToken cancellation) =>
        Open(context, [.. Enumerable.Range(0, Count)], progress, cancellation);

    /// <summary>Images of which nothing is known.</summary>
    public static TaskImages Unlabelled(ImageList list) =>
        new(list, [], false, (context, rows, progress, cancellation) => list.Choose(rows).ToUnlabelledView(context, progress, cancellation));

    /// <summary>Images with labels.</summary>
    public static TaskImages Labelled(ImageList list, IReadOnlyList<string> classes) =>
        new(list, classes, true, (context, rows, progress, cancellation) => list.Choose(rows).ToView(context, classes, progress, cancellation));
}
