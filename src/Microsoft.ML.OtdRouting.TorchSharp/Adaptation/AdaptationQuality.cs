namespace Microsoft.ML.OtdRouting.Training;

/// <summary>How near a model's answers at a small size are to its own at its largest size, on images that it was not adapted on.</summary>
/// <param name="Loss">
/// Mean divergence of Kullback and Leibler in nats, both answers softened by the temperature, times the temperature squared (Hinton, Vinyals and Dean 2015,
/// "Distilling the knowledge in a neural network"); what training lowers. At least 0.
/// </param>
/// <param name="Agreement">Part of the images whose most probable class is the same at both sizes; 0 to 1.</param>
public readonly record struct AdaptationQuality(double Loss, double Agreement);
