namespace Microsoft.ML.OtdRouting.Training;

/// <summary>Names of the tensors of a <see cref="NetworkGraph"/> that are its outputs.</summary>
/// <param name="Answer">The answer: of a classifier the logits, [batch, classes].</param>
/// <param name="Embedding">[batch, any length].</param>
public readonly record struct NetworkGraphOutput(string Answer, string Embedding);
