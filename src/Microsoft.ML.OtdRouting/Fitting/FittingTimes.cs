namespace Microsoft.ML.OtdRouting;

/// <summary>How long the phases of a fit took, on the wall.</summary>
/// <param name="Models">Opening the models and counting what they cost; with a budget in milliseconds, measuring it.</param>
/// <param name="Scoring">Reading the fitting images and scoring them at every resolution.</param>
/// <param name="Policy">Calibrating the routes, fitting the predictors and setting the prices.</param>
public sealed record FittingTimes(TimeSpan Models, TimeSpan Scoring, TimeSpan Policy)
{
    /// <summary>The whole fit.</summary>
    public TimeSpan Total => Models + Scoring + Policy;
}
