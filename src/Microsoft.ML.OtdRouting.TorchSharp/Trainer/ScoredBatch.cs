namespace Microsoft.ML.OtdRouting.Training.Trainer;

/// <summary>What a network makes of a batch.</summary>
/// <param name="Answer">Answers, image by image.</param>
/// <param name="AnswerShape">Shape of one.</param>
/// <param name="Embedding">Embeddings, image by image.</param>
/// <param name="EmbeddingShape">Shape of one.</param>
internal sealed record ScoredBatch(float[] Answer, long[] AnswerShape, float[] Embedding, long[] EmbeddingShape);
