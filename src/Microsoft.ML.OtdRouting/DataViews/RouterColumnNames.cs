namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Names of the columns that a router reads and adds, whatever its task.</summary>
internal sealed record RouterColumnNames(string Image, string Route, string RouteScores, string Cost);
