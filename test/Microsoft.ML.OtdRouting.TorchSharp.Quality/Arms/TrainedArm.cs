namespace Microsoft.ML.OtdRouting.Training.Quality.Arms;

/// <summary>What became of an arm.</summary>
/// <param name="Files">The models by ascending size.</param>
/// <param name="Images">Images that were trained on.</param>
/// <param name="Parameters">Numbers that were trained, those of a predictor included.</param>
/// <param name="BusySeconds">Time of all processors for the training, which does not depend on what else the machine does.</param>
/// <param name="Shares">By epoch: the part of the images that each size got; empty where all sizes get all of them.</param>
/// <param name="Prior">What part of the images each size should get; empty where nothing says.</param>
/// <param name="Chosen">The size that the arm's own predictor chooses for each scored image; empty where it has none.</param>
/// <param name="PredictorFile">That predictor; null where there is none.</param>
internal sealed record TrainedArm(
    IReadOnlyList<string> Files,
    int Images,
    long Parameters,
    double BusySeconds,
    IReadOnlyList<IReadOnlyList<double>> Shares,
    IReadOnlyList<double> Prior,
    IReadOnlyList<int> Chosen,
    string? PredictorFile);
