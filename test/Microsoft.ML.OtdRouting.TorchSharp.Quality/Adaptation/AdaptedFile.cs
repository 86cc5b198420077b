namespace Microsoft.ML.OtdRouting.Training.Quality.Adaptation;

/// <summary>What became of one size.</summary>
/// <param name="Size">Height and width.</param>
/// <param name="File">The model.</param>
/// <param name="TrainingImages">Images that were trained on.</param>
/// <param name="HeldBackImages">Images that the adaptation kept back.</param>
/// <param name="Before">The model as it came, on those.</param>
/// <param name="After">After training.</param>
/// <param name="IsAdapted">Whether training helped.</param>
/// <param name="Seconds">Time of training.</param>
/// <param name="BusySeconds">Time of all processors for that, which does not depend on what else the machine does.</param>
internal sealed record AdaptedFile(
    int Size, string File, int TrainingImages, int HeldBackImages, AdaptationQuality Before, AdaptationQuality After, bool IsAdapted, double Seconds, double BusySeconds);
