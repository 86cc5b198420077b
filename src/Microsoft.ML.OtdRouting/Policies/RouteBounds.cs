namespace Microsoft.ML.OtdRouting.Policies;

/// <summary>Least and greatest share of every route.</summary>
internal sealed record RouteBounds(double[] Floors, double[] Ceilings);
