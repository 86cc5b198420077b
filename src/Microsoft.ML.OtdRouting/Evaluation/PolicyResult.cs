namespace Microsoft.ML.OtdRouting;

/// <summary>Quality and mean cost of one way to answer for a data set.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Quality">The task's primary measure, such as the accuracy: more is better. NaN where there is no truth to measure against.</param>
/// <param name="MeanCost">Mean cost of a row, in the router's unit of cost.</param>
public sealed record PolicyResult(string Name, double Quality, double MeanCost);
