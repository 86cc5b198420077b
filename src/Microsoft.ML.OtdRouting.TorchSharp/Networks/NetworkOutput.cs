using static TorchSharp.torch;

namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What a network makes of a batch of images.</summary>
/// <param name="Logits">[batch, classes].</param>
/// <param name="Embedding">[batch, any length]: what the last layer makes the logits of.</param>
public readonly record struct NetworkOutput(Tensor Logits, Tensor Embedding);
