namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A box that the page draws over an example, in pixels of the upright source image.</summary>
/// <param name="X">Left edge.</param>
/// <param name="Y">Upper edge.</param>
/// <param name="Width">Pixels in x.</param>
/// <param name="Height">Pixels in y.</param>
/// <param name="Text">What it is of, such as <c>cat, 93 %</c>.</param>
/// <param name="IsTrue">Whether it is of an object that is there; otherwise it was found.</param>
internal sealed record ExampleBox(double X, double Y, double Width, double Height, string Text, bool IsTrue);
