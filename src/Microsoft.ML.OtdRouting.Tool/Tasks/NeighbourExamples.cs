using Microsoft.ML.OtdRouting.Tool.Inputs;
using Microsoft.ML.OtdRouting.Tool.Report;

namespace Microsoft.ML.OtdRouting.Tool.Tasks;

/// <summary>Examples with the images that they find.</summary>
internal static class NeighbourExamples
{
    /// <summary>Largest side of a picture: there are several of each example.</summary>
    private const int MostPixels = 56;

    /// <summary>Shows images.</summary>
    /// <param name="request">The images.</param>
    public static ExampleContents Show(ExampleRequest request)
    {
        IReadOnlyList<LabelledImage> images = request.Images.List.Images;
        int[][] found = [.. request.Rows.Select(row => request.Found?.By(row).Select(image => (int)image).ToArray() ?? [])];
        int[] shown = [.. request.Rows.Concat(found.SelectMany(f => f)).Distinct()];
        int side = Math.Min(request.Thumbnails.Side, MostPixels);
        Dictionary<int, Thumbnail> pictures = shown.Zip(request.Thumbnails.Make([.. shown.Select(row => images[row].Path)], _ => ThumbnailShape.Square(side)))
            .ToDictionary(p => p.First, p => p.Second);
        return new ExampleContents([.. request.Rows.Zip(found, (row, own) => new ExampleContent(pictures[row])
        {
            Beside = [.. own.Select(image => Neighbour(images[row], images[image], pictures[image].Uri, request.Images.HasTruth))],
            Summary = images[row].Label,
            Description = Describe(images[row], [.. own.Select(image => images[image])], request.Images.HasTruth),
        })])
        {
            Note = request.Images.HasTruth
                ? "Beside each query, framed, the nearest of the other test images, embedded at the largest resolution; those of another label are marked."
                : "Beside each query, framed, the nearest of the other test images, embedded at the largest resolution.",
        };
    }

    /// <summary>An image that was found.</summary>
    /// <param name="query">What was searched with.</param>
    /// <param name="image">What was found.</param>
    /// <param name="uri">Its picture.</param>
    /// <param name="hasLabels">Whether labels are known.</param>
    public static ExamplePicture Neighbour(LabelledImage query, LabelledImage image, string uri, bool hasLabels) => hasLabels
        ? new ExamplePicture(uri, image.Label, image.Label == query.Label)
        : new ExamplePicture(uri, Path.GetFileName(image.Path));

    /// <summary>What was found, in words.</summary>
    public static string Describe(LabelledImage query, IReadOnlyList<LabelledImage> found, bool hasLabels) => found.Count == 0
        ? "No neighbour."
        : hasLabels
            ? $"A {query.Label}; {found.Count(image => image.Label == query.Label)} of the {found.Count} nearest images are, too."
            : $"{found.Count} nearest images.";
}
