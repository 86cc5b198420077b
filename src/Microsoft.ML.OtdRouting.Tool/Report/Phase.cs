namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>A part of the work and the time that it took.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Seconds">Time on the wall.</param>
/// <param name="Images">Images that were worked on; null where the work is not about images.</param>
internal sealed record Phase(string Name, double Seconds, int? Images);
