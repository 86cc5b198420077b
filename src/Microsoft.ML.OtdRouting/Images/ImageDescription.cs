namespace Microsoft.ML.OtdRouting;

/// <summary>What the header of an image file tells.</summary>
/// <param name="Format">Name of the format, in lower case: <c>jpeg</c>, <c>png</c>, <c>webp</c>, <c>gif</c>, <c>bmp</c> and others.</param>
/// <param name="Width">Width in pixels, as the pixels lie in the file.</param>
/// <param name="Height">Height in pixels, as the pixels lie in the file.</param>
/// <param name="Orientation">The EXIF orientation, from 1 (upright, also where the file does not tell) to 8.</param>
public sealed record ImageDescription(string Format, int Width, int Height, int Orientation);
