namespace Microsoft.ML.OtdRouting;

/// <summary>The loss of a route on an image, from its ensembled probabilities.</summary>
/// <param name="probabilities">Probabilities of the classes, in the model's order.</param>
/// <param name="label">The true class, or the teacher's, counted from 0.</param>
/// <param name="reference">Probabilities of the most expensive route.</param>
/// <returns>The loss; finite.</returns>
public delegate float RouteLossFunction(ReadOnlySpan<float> probabilities, int label, ReadOnlySpan<float> reference);
