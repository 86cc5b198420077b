namespace Microsoft.ML.OtdRouting.DataViews;

/// <summary>Names of the columns that a router reads and adds.</summary>
internal sealed record RouterColumnNames(
    string Image,
    string Label,
    string? ExampleWeight,
    string Score,
    string PredictedLabel,
    string Route,
    string RouteScores,
    string Cost,
    string? Features = null);
