namespace Microsoft.ML.OtdRouting.Priors;

/// <summary>A prior as what it was made of.</summary>
/// <param name="Kind">Name of the method that makes it.</param>
/// <param name="Floor">Its floor; 0 where it has none.</param>
/// <param name="Numbers">Its numbers, one a route; null for none.</param>
internal sealed record RoutingPriorForm(string Kind, double Floor, double[]? Numbers);
