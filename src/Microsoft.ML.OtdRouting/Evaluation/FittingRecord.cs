namespace Microsoft.ML.OtdRouting.Evaluation;

/// <summary>What a fitted router keeps of its fitting data: enough to set prices for another budget and to tune baselines.</summary>
/// <param name="Resolutions">Outcomes of the single resolutions, in ascending order of cost.</param>
/// <param name="HeldOut">Held-out predicted losses, rows × routes.</param>
/// <param name="SamplePrior">Weights of the rows, summing to one; null for equal ones.</param>
/// <param name="Penalty">What the baseline with a cost penalty is trained on; null without labels.</param>
internal sealed record FittingRecord(RouteOutcomes Resolutions, float[] HeldOut, double[]? SamplePrior, PenaltySample? Penalty);
