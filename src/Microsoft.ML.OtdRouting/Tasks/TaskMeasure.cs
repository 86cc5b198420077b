namespace Microsoft.ML.OtdRouting;

/// <summary>One figure of how well a router answers. The first that a task gives is its primary one, of which more is better.</summary>
/// <param name="Name">Name, such as <c>accuracy</c>.</param>
/// <param name="Value">The figure; NaN where there is no truth to measure against.</param>
/// <param name="Interval">95 % interval by the bootstrap over rows; NaN where there is none.</param>
public sealed record TaskMeasure(string Name, double Value, ConfidenceInterval Interval);
