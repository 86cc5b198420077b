namespace Microsoft.ML.OtdRouting;

/// <summary>What a resolution does on a few rows, as it is: nothing is fitted.</summary>
/// <param name="Resolution">The resolution.</param>
/// <param name="Rows">Rows that it was tried on.</param>
/// <param name="QualityName">Name of the task's primary measure, such as <c>accuracy</c>.</param>
/// <param name="Quality">The primary measure, higher is better; NaN without truth.</param>
/// <param name="LeastOutput">The least number of its answers, over all rows.</param>
/// <param name="LargestOutput">The largest number of its answers, over all rows.</param>
public sealed record ResolutionTrial(
    Resolution Resolution, int Rows, string QualityName, double Quality, float LeastOutput, float LargestOutput);
