namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A picture that the page shows beside an example.</summary>
/// <param name="Uri">The picture itself, as a data URI.</param>
/// <param name="Caption">What it is, in a word or two.</param>
/// <param name="IsRight">Whether it is what was looked for; null where that is not known, or not the question.</param>
internal sealed record ExamplePicture(string Uri, string Caption, bool? IsRight = null);
