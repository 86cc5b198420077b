namespace Microsoft.ML.OtdRouting.Scoring;

/// <summary>One output tensor of a model.</summary>
/// <param name="Name">Name in the model.</param>
/// <param name="Tail">Shape behind the batch axis.</param>
/// <param name="IsHalf">Whether its numbers have half precision (float16) instead of single.</param>
internal sealed record ScorerOutput(string Name, long[] Tail, bool IsHalf)
{
    /// <summary>Floats for one image.</summary>
    public int Length { get; } = (int)Tail.Aggregate(1L, (a, b) => a * b);
}
