namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>A policy and the share of the images that it serves.</summary>
/// <param name="Policy">The policy.</param>
/// <param name="Routes">Its routes, in ascending order of cost.</param>
/// <param name="Share">From 0 to 1; those of all parts sum to one.</param>
internal sealed record PolicyPart(RoutingPolicy Policy, IReadOnlyList<Route> Routes, double Share);
