namespace Microsoft.ML.OtdRouting.Persistence;

/// <summary>Names of the outputs of a routed graph that are not the task's.</summary>
/// <param name="RouteScores">Price minus predicted loss, float [1, K].</param>
/// <param name="Cost">Cost, float [1].</param>
/// <param name="RouteIndex">Route counted from 0, int64 [1]; null for none.</param>
/// <param name="RouteName">Name of the route, string [1]; null for none.</param>
/// <param name="KeyPrefix">What stands before the name of a column of keys, whose texts are an output; null to leave these columns out.</param>
internal sealed record RoutedGraphOutputs(string RouteScores, string Cost, string? RouteIndex, string? RouteName, string? KeyPrefix);
