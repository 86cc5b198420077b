namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A test image that the page shows.</summary>
/// <param name="Uri">The picture itself, as a data URI.</param>
/// <param name="File">Name of its file, without the folder.</param>
/// <param name="Truth">Index of the true class; −1 where answers are no classes.</param>
/// <param name="Predicted">Index of the predicted class.</param>
/// <param name="Probability">Probability of the predicted class.</param>
internal sealed record ExampleImage(string Uri, string File, int Truth, int Predicted, double Probability);
