namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A test image that the page shows.</summary>
/// <param name="Uri">The picture itself, as a data URI.</param>
/// <param name="File">Name of its file, without the folder.</param>
/// <param name="Truth">Index of the true class; −1 where answers are no classes.</param>
/// <param name="Predicted">Index of the predicted class.</param>
/// <param name="Probability">Probability of the predicted class.</param>
/// <param name="Width">Pixels in x of the source image, upright.</param>
/// <param name="Height">Pixels in y of the same.</param>
/// <param name="Boxes">Boxes over the picture.</param>
/// <param name="Beside">Pictures beside it.</param>
/// <param name="Summary">The answer in a few words; null where answers are classes.</param>
/// <param name="Description">What is to be seen, for those who do not see it; null where answers are classes.</param>
internal sealed record ExampleImage(
    string Uri,
    string File,
    int Truth,
    int Predicted,
    double Probability,
    int Width,
    int Height,
    IReadOnlyList<ExampleBox> Boxes,
    IReadOnlyList<ExamplePicture> Beside,
    string? Summary,
    string? Description)
{
    /// <summary>From what a task shows of a row.</summary>
    public static ExampleImage Of(ExampleContent content, string path, RoutedRows rows, int row) => new(
        content.Picture.Uri,
        Path.GetFileName(path),
        rows.Truth[row],
        rows.Predicted[row],
        rows.Probability[row],
        content.Picture.SourceWidth,
        content.Picture.SourceHeight,
        content.Boxes,
        content.Beside,
        content.Summary,
        content.Description);
}
