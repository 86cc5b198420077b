namespace Microsoft.ML.OtdRouting.Tool.Report;

/// <summary>How many images a route gets.</summary>
/// <param name="Route">Name of the route.</param>
/// <param name="CostFraction">Cost of an image on it, as a fraction of the largest resolution.</param>
/// <param name="Share">Share of the test images.</param>
/// <param name="Planned">Share in the fitted transport plan.</param>
internal sealed record RouteShare(string Route, double CostFraction, double Share, double Planned);
