namespace Microsoft.ML.OtdRouting;

/// <summary>Accuracy and mean cost of one way to score a data set.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Accuracy">Share of rows whose most probable class is the true one.</param>
/// <param name="MeanCost">Mean cost of a row, in the router's unit of cost.</param>
public sealed record PolicyResult(string Name, double Accuracy, double MeanCost);
