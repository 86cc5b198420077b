namespace Microsoft.ML.OtdRouting.Tasks.Detection;

/// <summary>A box that a model has found.</summary>
/// <param name="Box">Where.</param>
/// <param name="Score">How sure it is, 0 to 1.</param>
/// <param name="Class">Of which class, as the models count them.</param>
internal readonly record struct DetectedObject(Box Box, float Score, int Class);
