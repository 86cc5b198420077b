namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>Milliseconds an image by batch size, of one scorer.</summary>
/// <param name="Batch1">Images one by one.</param>
/// <param name="Best">At the best batch.</param>
/// <param name="BestBatch">The best batch.</param>
internal sealed record BatchTimes(double Batch1, double Best, int BestBatch);
