using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network makes of a batch of images.</summary>
/// <param name="Answer">What the objective compares with the truth: of a classifier the logits, [batch, classes].</param>
/// <param name="Embedding">[batch, any length]: what the last layer makes the answer of.</param>
public readonly record struct NetworkOutput(Tensor Answer, Tensor Embedding);
