namespace Microsoft.ML.OtdRouting.Training;

/// <summary>What was found after an epoch. Lists have one number for each size, ascending.</summary>
/// <param name="Epoch">The epoch, counted from 1.</param>
/// <param name="Loss">Mean training loss, with smoothing, distillation and plan where there are any; for classification in nats.</param>
/// <param name="HeldBackAccuracy">Part of the images kept back that each size has right, as the objective counts; empty where none are kept back.</param>
/// <param name="HeldBackLoss">What each size loses on the images kept back; empty where none are kept back.</param>
/// <param name="PlanShares">Part of the images that the plans of this epoch gave to each size; empty without a plan.</param>
public sealed record TrainedEpoch(
    int Epoch, double Loss, IReadOnlyList<double> HeldBackAccuracy, IReadOnlyList<double> HeldBackLoss, IReadOnlyList<double> PlanShares);
