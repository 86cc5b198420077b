namespace Microsoft.ML.OtdRouting;

/// <summary>Arithmetic cost and size of a model at a concrete input shape.</summary>
/// <param name="Flops">Floating-point operations of one image: 2 for each multiply-add of convolutions and matrix products.</param>
/// <param name="Parameters">Number of elements in the model's initializers.</param>
public readonly record struct ModelCost(double Flops, long Parameters);
