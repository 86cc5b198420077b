namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A resolution and what it does alone.</summary>
/// <param name="Name">Name of the resolution.</param>
/// <param name="File">Name of the model's file, without its folder.</param>
/// <param name="Cost">Cost of an image.</param>
/// <param name="CostFraction">Cost as a fraction of the largest resolution.</param>
/// <param name="Accuracy">Accuracy on the test images.</param>
internal sealed record ResolutionReport(string Name, string File, double Cost, double CostFraction, double Accuracy);
