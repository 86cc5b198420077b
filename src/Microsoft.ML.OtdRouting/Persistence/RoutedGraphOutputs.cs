namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Names of the outputs of a routed graph.</summary>
/// <param name="Score">Probabilities, float [1, C].</param>
/// <param name="RouteScores">Price minus predicted loss, float [1, K].</param>
/// <param name="Cost">FLOPs, float [1].</param>
/// <param name="RouteIndex">Route counted from 0, int64 [1]; null for none.</param>
/// <param name="RouteName">Name of the route, string [1]; null for none.</param>
/// <param name="ClassName">Name of the most probable class, string [1]; null for none.</param>
internal sealed record RoutedGraphOutputs(
    string Score, string RouteScores, string Cost, string? RouteIndex, string? RouteName, string? ClassName);
