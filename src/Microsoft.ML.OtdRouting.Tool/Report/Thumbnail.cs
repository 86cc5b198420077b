namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A small picture of an image.</summary>
/// <param name="Uri">The picture itself, as a data URI.</param>
/// <param name="SourceWidth">Pixels in x of the image, upright.</param>
/// <param name="SourceHeight">Pixels in y of the same.</param>
internal sealed record Thumbnail(string Uri, int SourceWidth, int SourceHeight);
