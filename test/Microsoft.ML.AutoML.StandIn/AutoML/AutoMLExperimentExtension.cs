namespace Microsoft.ML.AutoML;

/// <summary>Tuners of experiments.</summary>
public static class AutoMLExperimentExtension
{
    public static AutoMLExperiment SetRandomSearchTuner(this AutoMLExperiment experiment, int? seed = null) =>
        experiment.SetTuner(space => new RandomTuner(space, seed));
}
